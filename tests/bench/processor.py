"""What a process has used of a processor."""
import os


def processor_seconds(process, with_dead=False):
    """Of a process since its start, if wanted with those of its children that ended."""
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15 if with_dead else 13])) / os.sysconf("SC_CLK_TCK")
