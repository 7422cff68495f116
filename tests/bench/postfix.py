"""A real Postfix in a folder of its own, which takes mails on a loopback port and relays them to another one. It needs root, as Postfix does, and the package postfix; nothing of the machine's own
Postfix is touched."""
import grp
import os
import pwd
import shutil
import subprocess

MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
shlib_directory = /usr/lib/postfix
meta_directory = /etc/postfix
myhostname = payung.invalid
mydestination =
alias_maps =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{relay}
smtp_host_lookup = native
smtputf8_enable = no
"""
MASTER = """127.0.0.1:{port} inet n - n - 200 smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    def __init__(self, folder, port, relay):
        if shutil.which("postfix") is None or os.geteuid() != 0:
            raise SystemExit("needs root and Postfix: apt-get install --no-install-recommends postfix")
        self.folder, self.conf = folder, os.path.join(folder, "conf")
        os.chmod(folder, 0o711)
        for name in ("conf", "queue", "data", "log"):
            os.mkdir(os.path.join(folder, name), 0o755)
        os.chown(os.path.join(folder, "data"), pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postfix").gr_gid)
        for name, text in (("main.cf", MAIN), ("master.cf", MASTER)):
            with open(os.path.join(self.conf, name), "w", encoding="ascii") as file:
                file.write(text.format(folder=folder, port=port, relay=relay))
        self.run("start")

    def run(self, command):
        done = subprocess.run(["postfix", "-c", self.conf, command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"postfix {command}: {done.stdout} {done.stderr}")

    def processes(self):
        """The master and whatever it started so far; what it starts later inherits its processors."""
        with open(os.path.join(self.folder, "queue", "pid", "master.pid"), encoding="ascii") as file:
            master = int(file.read())
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(master)], capture_output=True, text=True, check=False).stdout.split()
        return [master, *map(int, found)]

    def close(self):
        self.run("stop")
        shutil.rmtree(self.folder)
