"""Runs a command in a network of its own that leads nowhere, and tells what was sent to other machines.

    python alone.py REPORT COMMAND…

Every address of IPv4 and IPv6 is routed to the loopback interface, so that whatever tries to reach one sends
a packet there, whoever does it: Python, native code, a process of a process, the resolver of names. All are
read; those to 127.0.0.0/8 and ::1 that are not for a name server are ours. REPORT gets the others, a line
each. Exit code 77 if the system does not permit a network of one's own; else the command's.
"""

import ctypes
import fcntl
import ipaddress
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

CLONE_NEWNET = 0x40000000
NOT_PERMITTED = 77
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1
NETLINK_ROUTE, RTM_NEWROUTE = 0, 24
REQUEST_ACK_CREATE = 0x1 | 0x4 | 0x400
TABLE_LOCAL, PROTO_BOOT, SCOPE_HOST, TYPE_LOCAL = 255, 3, 254, 2
RTA_OIF = 4
ETH_IPV4, ETH_IPV6, ETH_ALL = 0x0800, 0x86DD, 0x0003
TCP, UDP = 6, 17
NAMES = (53, 853, 5353, 5355)
OUTGOING = 4
LAST = b"that was all"


def leave_the_network() -> bool:
    """Whether this process is in a network of its own now."""
    return ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) == 0


def raise_loopback() -> int:
    """Switches the loopback interface on, which comes switched off; returns its number."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sH", b"lo", 0).ljust(40, b"\0")
        (flags,) = struct.unpack_from("H", fcntl.ioctl(any_socket, SIOCGIFFLAGS, asked), 16)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH", b"lo", flags | IFF_UP).ljust(40, b"\0"))
    return socket.if_nametoindex("lo")


def lead_everything_to(interface: int, family: int) -> None:
    """`ip route add local default dev lo`."""
    route = struct.pack("BBBBBBBBI", family, 0, 0, 0, TABLE_LOCAL, PROTO_BOOT, SCOPE_HOST, TYPE_LOCAL, 0)
    route += struct.pack("HHI", 8, RTA_OIF, interface)
    head = struct.pack("IHHII", 16 + len(route), RTM_NEWROUTE, REQUEST_ACK_CREATE, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_ROUTE) as netlink:
        netlink.send(head + route)
        (error,) = struct.unpack_from("i", netlink.recv(1024), 16)
    if error:
        raise OSError(-error, os.strerror(-error))


def foreign(kind: int, packet: bytes) -> str | None:
    """Where a packet goes, if that is no affair of this machine alone."""
    if kind == ETH_IPV4:
        protocol, start = packet[9], (packet[0] & 15) * 4
        to: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.IPv4Address(packet[16:20])
    else:
        protocol, start, to = packet[6], 40, ipaddress.IPv6Address(packet[24:40])
    if protocol not in (TCP, UDP):
        return None  # the system's own complaint that nobody is there
    (port,) = struct.unpack_from("!H", packet, start + 2)
    if to.is_loopback and port not in NAMES:
        return None
    sender = packet[12:16] if kind == ETH_IPV4 else packet[8:24]
    if (
        not to.is_loopback
        and protocol == TCP
        and ipaddress.ip_address(sender) == to
        and _is_reset(packet, start)
    ):
        return None  # the answer to one that was told already
    return f"{to} protocol {protocol} port {port}"


def _is_reset(packet: bytes, start: int) -> bool:
    return bool(packet[start + 13] & 4)


def watch(sniffer: socket.socket, report: Path) -> None:
    """Reads packets until the last one."""
    with report.open("w", encoding="utf-8") as told:
        packet = b""
        while not packet.endswith(LAST):
            packet, (_, kind, direction, *_rest) = sniffer.recvfrom(65535)
            if direction == OUTGOING and kind in (ETH_IPV4, ETH_IPV6) and (where := foreign(kind, packet)):
                told.write(where + "\n")


def main(report: Path, command: list[str]) -> int:
    if not leave_the_network():
        return NOT_PERMITTED
    interface = raise_loopback()
    lead_everything_to(interface, socket.AF_INET)
    lead_everything_to(interface, socket.AF_INET6)
    # Asked for before the first packet: what comes meanwhile waits in its buffer.
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_ALL))
    sniffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
    watching = threading.Thread(target=watch, args=(sniffer, report))
    watching.start()
    code = subprocess.run(command, check=False).returncode
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(LAST, ("127.0.0.1", 9))
    watching.join()
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
