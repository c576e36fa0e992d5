"""The devices of one server, debounced: what the engine believes to be plugged in.

Folded over the answers of `GET /cameras`, one by one, by `engine/watches.py`; read by
`engine/sources.py`. Never asks a server, never reads a clock, and forgets no camera because of one
odd answer: servers list nothing for a moment while a USB hub resets.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from thorsched.cameras.capability import Capability, Device

DROP_AFTER_S: Final = 4.0


@dataclass(frozen=True, slots=True)
class Roster:
    """What is known of a server's devices, sorted by id.

    `known` is False until the server has answered once: an empty roster means nothing before.
    `absent_since_s` has the devices, by id, that stand here although the latest answer lacked
    them, and the monotonic time at which the first such answer came; `lacking_since_s` has the
    same of single capabilities, by the id and name of their device.
    """

    devices: tuple[Device, ...] = ()
    known: bool = False
    absent_since_s: Mapping[int, float] = field(default_factory=dict, hash=False)
    lacking_since_s: Mapping[tuple[int, str, Capability], float] = field(
        default_factory=dict, hash=False
    )
    since_s: Mapping[int, float] = field(default_factory=dict, compare=False)
    """When the first of the answers came that listed the device of that id as it stands here."""
    listed_since_s: Mapping[int, float] = field(default_factory=dict, compare=False)
    """Since when every answer has listed a device under that id; one that is absent is not here."""
    answered_at_s: float = field(default=0.0, compare=False)

    @classmethod
    def unknown(cls) -> "Roster":
        return cls()

    @property
    def is_settled(self) -> bool:
        """Whether all that stands here was in the latest answer; otherwise ask again soon."""
        return not self.absent_since_s and not self.lacking_since_s

    @property
    def fresh_ids(self) -> frozenset[int]:
        """The ids whose device has stood here as it does over less than `DROP_AFTER_S` of answers.

        Good enough to begin with, too little to end a recording for.
        """
        return frozenset(
            id_
            for id_, since_s in self.since_s.items()
            if self.answered_at_s - since_s < DROP_AFTER_S
        )

    def is_held(self, device: Device, capability: Capability) -> bool:
        """Return whether the latest answer lacked it: too little to end a recording for."""
        key = device.id, device.name, capability
        return device.id in self.absent_since_s or key in self.lacking_since_s

    def fold(self, reading: Iterable[Device], *, now_s: float) -> "Roster":
        """Return the roster after the server listed `reading` at `now_s` (monotonic).

        A device or a capability that is new shows at once. One that is absent goes when every
        answer over `DROP_AFTER_S` lacked it, which takes two answers at least; an answer that
        did not come says nothing. An id stands for one device: one of another name under it
        replaces it, with nothing held over.
        """
        present = set(reading)
        ids = {device.id for device in present}
        absent_since_s = {
            device.id: since_s
            for device in self.devices
            if device.id not in ids
            and now_s - (since_s := self.absent_since_s.get(device.id, now_s)) < DROP_AFTER_S
        }
        lacking_since_s = self._lacking_since_s(present, absent_since_s, now_s)
        held = {device for device in self.devices if device.id in absent_since_s}
        shown = {self._with_held(device, lacking_since_s.keys()) for device in present}
        before = {(d.id, d.name, frozenset(d.capabilities)) for d in self.devices}
        devices = tuple(sorted(shown | held, key=lambda d: (d.id, d.name, d.capabilities)))
        return Roster(
            # The same object, if nothing has changed: whoever compares has it easy.
            devices=self.devices if devices == self.devices else devices,
            known=True,
            absent_since_s=absent_since_s,
            lacking_since_s=lacking_since_s,
            since_s={
                d.id: self.since_s.get(d.id, now_s)
                if (d.id, d.name, frozenset(d.capabilities)) in before
                else now_s
                for d in shown | held
            },
            listed_since_s={id_: self.listed_since_s.get(id_, now_s) for id_ in ids},
            answered_at_s=now_s,
        )

    def _lacking_since_s(
        self, present: Iterable[Device], absent: Container[int], now_s: float
    ) -> dict[tuple[int, str, Capability], float]:
        """Return what is held of the devices that are `present`, and of those held as a whole."""
        listed = {(d.id, d.name): set(d.capabilities) for d in present}
        lacking_since_s = {}
        for device in self.devices:
            for capability in device.capabilities:
                key = (device.id, device.name, capability)
                if device.id in absent:
                    if key in self.lacking_since_s:
                        lacking_since_s[key] = self.lacking_since_s[key]
                elif capability not in listed.get(key[:2], {capability}):
                    since_s = self.absent_since_s.get(device.id, now_s)
                    since_s = self.lacking_since_s.get(key, since_s)
                    if now_s - since_s < DROP_AFTER_S:
                        lacking_since_s[key] = since_s
        return lacking_since_s

    def _with_held(self, device: Device, lacking: Container[tuple[int, str, Capability]]) -> Device:
        """Return a listed device with what is held of it, as before where nothing was added."""
        before = next(
            (d for d in self.devices if (d.id, d.name) == (device.id, device.name)), device
        )
        held = {c for c in before.capabilities if (device.id, device.name, c) in lacking}
        if not held:
            return device
        stay = [c for c in before.capabilities if c in held or c in device.capabilities]
        added = [c for c in device.capabilities if c not in before.capabilities]
        return replace(device, capabilities=(*stay, *added))
