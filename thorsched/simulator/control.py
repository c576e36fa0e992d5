"""The simulator's own calls, `/simulator/...`: the faults by HTTP, and what was really sent.

Beside `api.py` in the same application, so `/docs` explains them. The real server has none of
these.
"""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from thorsched.cameras.capability import Capability
from thorsched.simulator.answers import OWN_PATHS, AnswerFault, AnswerTrouble
from thorsched.simulator.api import JsonLine
from thorsched.simulator.events import Delivery
from thorsched.simulator.faults import Faults
from thorsched.simulator.rig import NotPossible, Rig

_LONGEST_PAUSE_S = 3600.0


class Target(BaseModel):
    """Which camera; null means every one that streams."""

    id: int | None = None


class OneTarget(BaseModel):
    """Which camera."""

    id: int


class KillTarget(Target):
    """Which camera; with `goodbye` its callers are told."""

    goodbye: bool = False


class ReplugTarget(OneTarget):
    """The id that the camera had; the one that it shall have, the same if null."""

    new_id: int | None = None


class OfferTarget(OneTarget):
    """Which camera, and all that it shall offer, as GStreamer caps texts; null: what it can."""

    capabilities: list[str] | None = None


class ChangeTarget(OneTarget):
    """Which camera, and the capability that it shall send, as GStreamer caps text."""

    capability: str


class Switch(BaseModel):
    """Whether it shall be so."""

    is_on: bool = True


class EventsFault(BaseModel):
    """What happens to hot-plug events."""

    delivery: Delivery


class AnswerFaultRequest(BaseModel):
    """Which calls are answered how, how often (null: for ever)."""

    trouble: AnswerTrouble
    path: str = "/"
    times: Annotated[int, Field(ge=1)] | None = None
    pause_s: Annotated[float, Field(ge=0, le=_LONGEST_PAUSE_S)] = 1.0
    status: Annotated[int, Field(ge=200, le=599)] = 500


class RestartRequest(BaseModel):
    """How long nobody answers, and by how many places the ids move."""

    down_s: Annotated[float, Field(ge=0, le=_LONGEST_PAUSE_S)] = 0.0
    shift_ids: int = 0


# What a call without a body means: `curl -X POST localhost:8000/simulator/restart`.
_EVERY, _EVERY_KILLED, _ON, _AT_ONCE = Target(), KillTarget(), Switch(), RestartRequest()


def make_router(rig: Rig, faults: Faults) -> APIRouter:
    """Return the calls, to be included in the application."""
    router = APIRouter(prefix=OWN_PATHS, tags=["simulator"], default_response_class=JsonLine)
    _add_reports(router, rig)
    _add_sender_faults(router, faults)
    _add_feed_faults(router, faults)
    _add_server_faults(router, faults)
    return router


def _add_reports(router: APIRouter, rig: Rig) -> None:
    @router.get("/streams")
    def streams() -> list[dict[str, Any]]:
        """List what streams."""
        return [
            {
                "id": camera.device.id,
                "port": stream.sender.port,
                "capability": stream.footage.capability.caps,
                "feed": stream.feed.value,
            }
            for camera in rig.streaming()
            if (stream := camera.stream) is not None
        ]

    @router.get("/truth/{device_id}")
    def truth(device_id: int) -> list[tuple[int, float, int]]:
        """List the frames that were handed to SRT: number, due (s since 1970), sample index."""
        return list(rig.camera(device_id).truth.frames())


def _add_sender_faults(router: APIRouter, faults: Faults) -> None:
    @router.post("/freeze")
    def freeze(target: Target = _EVERY) -> None:
        """Stop the sender where it stands."""
        faults.freeze(target.id)

    @router.post("/thaw")
    def thaw(target: Target = _EVERY) -> None:
        """Let a frozen sender go on."""
        faults.thaw(target.id)

    @router.post("/kill")
    def kill(target: KillTarget = _EVERY_KILLED) -> None:
        """End the sender."""
        faults.kill(target.id, goodbye=target.goodbye)

    @router.post("/refuse")
    def refuse(target: OneTarget) -> None:
        """Reject every SRT caller, until `accept` or a restart."""
        faults.refuse(target.id)

    @router.post("/accept")
    def accept(target: OneTarget) -> None:
        """Let SRT callers in again."""
        faults.accept(target.id)


def _add_feed_faults(router: APIRouter, faults: Faults) -> None:
    @router.post("/silence")
    def silence(target: Target = _EVERY) -> None:
        """Stay connected and send nothing."""
        faults.silence(target.id)

    @router.post("/garble")
    def garble(target: Target = _EVERY) -> None:
        """Send bytes that are no JPEG."""
        faults.garble(target.id)

    @router.post("/resume")
    def resume(target: Target = _EVERY) -> None:
        """Send pictures again."""
        faults.resume(target.id)

    @router.post("/change")
    def change(target: ChangeTarget) -> None:
        """Send another capability's frames in the same stream."""
        faults.change(target.id, _capability(target.capability))


def _capability(caps: str) -> Capability:
    try:
        return Capability.parse(caps)
    except ValueError as error:
        raise NotPossible(str(error)) from error


def _add_server_faults(router: APIRouter, faults: Faults) -> None:
    @router.post("/unplug")
    def unplug(target: OneTarget) -> None:
        """Take a camera away."""
        faults.unplug(target.id)

    @router.post("/replug")
    def replug(target: ReplugTarget) -> None:
        """Bring an unplugged camera back."""
        faults.replug(target.id, target.new_id)

    @router.post("/offer")
    def offer(target: OfferTarget) -> None:
        """Have a camera offer less than it can, or all of it again."""
        wanted = target.capabilities
        faults.offer(target.id, None if wanted is None else [*map(_capability, wanted)])

    @router.post("/exclusive")
    def exclusive(switch: Switch = _ON) -> None:
        """Refuse to start a camera that streams already."""
        faults.exclusive(is_on=switch.is_on)

    @router.post("/events")
    def events(fault: EventsFault) -> None:
        """Deliver hot-plug events otherwise."""
        faults.events(fault.delivery)

    @router.post("/disconnect-events")
    def disconnect_events() -> None:
        """Close every WebSocket."""
        faults.disconnect_events()

    @router.post("/answers")
    def answers(fault: AnswerFaultRequest) -> None:
        """Answer the protocol's calls wrongly."""
        faults.answer(AnswerFault(**fault.model_dump()))

    @router.delete("/answers")
    def clear_answers() -> None:
        """Answer properly again."""
        faults.clear_answers()

    @router.post("/restart")
    def restart(request: RestartRequest = _AT_ONCE) -> None:
        """Crash and come back: streaming nothing, refusing nobody."""
        faults.begin_restart(down_s=request.down_s, shift_ids=request.shift_ids)
