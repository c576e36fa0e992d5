#!/bin/sh
# Makes sure that GStreamer and the plugins thorsched records with are on this machine.
# Debian and Ubuntu: installs what is missing. Elsewhere: says what to install, and fails.
set -eu

# What recorders, the simulator and the tests put into pipelines; tests/test_packaging.py compares.
elements="srtclientsrc queue jpegparse capssetter h265parse splitmuxsink matroskamux
    fdsrc srtserversink jpegdec videoconvert x265enc
    filesink fakesink videotestsrc jpegenc"
packages="gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad"

missing() {
    command -v gst-launch-1.0 >/dev/null 2>&1 || { echo gst-launch-1.0; return; }
    for element in $elements; do
        gst-inspect-1.0 --exists "$element" 2>/dev/null || echo "$element"
    done
}

[ -z "$(missing)" ] && exit 0

case "$(uname -s)" in
Linux)
    if ! command -v apt-get >/dev/null 2>&1; then
        echo "GStreamer is missing ($(missing | tr '\n' ' ')). Install your system's packages of" >&2
        echo "$packages (the Debian names), then run this command again." >&2
        exit 2
    fi
    root=""
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1; then
            echo "GStreamer is missing, and installing it needs root: run as root: apt-get install $packages" >&2
            exit 2
        fi
        root=sudo
    fi
    echo "Installing GStreamer: $packages"
    $root apt-get update -q
    # shellcheck disable=SC2086 # a list of words on purpose
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages
    ;;
Darwin)
    echo "GStreamer is missing. Install it with: pip install 'thorsched[gstreamer]', or: brew install gstreamer" >&2
    exit 2
    ;;
*)
    echo "GStreamer is missing. Install it with: pip install 'thorsched[gstreamer]'" >&2
    exit 2
    ;;
esac

if [ -n "$(missing)" ]; then
    echo "still missing after the installation: $(missing | tr '\n' ' ')" >&2
    exit 2
fi
