// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the UML kernel that scripts/vm boots: put a writable
 * overlay over the host's root, run the command in it, write the exit code
 * to a file of the host.
 *
 * From the kernel's command line, as environment: VM_CTL, a directory of the
 * host with the command in "run", for the exit code in "rc"; VM_SHARE, a
 * directory of the host to be writable; VM_MODULES, what /lib/modules is to
 * be; VM_TTY, set for an interactive shell.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <linux/random.h>

static void attach(const char *src, const char *dir, const char *type,
		   const char *data)
{
	if (mount(src, dir, type, 0, data))
		fprintf(stderr, "vm: no %s on %s: %s\n", type, dir,
			strerror(errno));
}

static void mkdirs(const char *path)
{
	char buf[PATH_MAX];
	char *p;

	snprintf(buf, sizeof(buf), "%s", path);
	for (p = buf + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(buf, 0755);
		*p = '/';
	}
	mkdir(buf, 0755);
}

static void setup_root(void)
{
	attach("tmp", "/mnt", "tmpfs", "mode=755");
	mkdir("/mnt/upper", 0755);
	mkdir("/mnt/work", 0755);
	mkdir("/mnt/root", 0755);
	attach("root", "/mnt/root", "overlay",
	       "lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work");
	/* Who is in a mere chroot may not make user namespaces. */
	if (chdir("/mnt/root") || mount(".", "/", NULL, MS_MOVE, NULL) ||
	    chroot(".") || chdir("/"))
		perror("vm: chroot");

	attach("proc", "/proc", "proc", NULL);
	attach("sysfs", "/sys", "sysfs", NULL);
	attach("dev", "/dev", "devtmpfs", NULL);
	mkdirs("/dev/pts");
	attach("pts", "/dev/pts", "devpts", NULL);
	mkdirs("/dev/shm");
	attach("tmp", "/dev/shm", "tmpfs", NULL);
	attach("tmp", "/run", "tmpfs", "mode=755");
	attach("debug", "/sys/kernel/debug", "debugfs", NULL);
	attach("trace", "/sys/kernel/tracing", "tracefs", NULL);
	attach("cgroup", "/sys/fs/cgroup", "cgroup2", NULL);
	if (symlink("/proc/self/fd", "/dev/fd"))
		perror("vm: /dev/fd");
}

/* Nothing else on UML does, and getrandom() would wait for ever. */
static void credit_random(void)
{
	struct {
		struct rand_pool_info info;
		char bytes[64];
	} pool = { .info = { .entropy_count = 512, .buf_size = 64 } };
	struct timespec now;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(pool.bytes); i++) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		pool.bytes[i] = now.tv_nsec ^ (now.tv_nsec >> 8);
	}
	fd = open("/dev/urandom", O_RDWR);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool))
		perror("vm: /dev/urandom");
	if (fd >= 0)
		close(fd);
}

/* The command's own terminal, beside the one of the kernel's log. */
static void open_output(int interactive)
{
	struct termios tio;
	int fd;

	fd = open("/dev/tty1", O_RDWR);
	if (fd < 0) {
		perror("vm: /dev/tty1");
		return;
	}
	if (!interactive && !tcgetattr(fd, &tio)) {
		cfmakeraw(&tio);
		tcsetattr(fd, TCSANOW, &tio);
	}
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	if (!interactive) {
		close(fd);
		fd = open("/dev/null", O_RDONLY);
	} else {
		ioctl(fd, TIOCSCTTY, 0);
	}
	dup2(fd, STDIN_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

int main(void)
{
	const char *share = getenv("VM_SHARE");
	const char *ctl = getenv("VM_CTL");
	const char *modules = getenv("VM_MODULES");
	int interactive = !!getenv("VM_TTY");
	int status = 0;
	pid_t child;
	FILE *file;

	setup_root();
	credit_random();
	mkdirs("/.vm");
	attach("none", "/.vm", "hostfs", ctl);
	if (share) {
		mkdirs(share);
		attach("none", share, "hostfs", share);
	}
	mkdirs("/lib/modules");
	if (mount(modules, "/lib/modules", NULL, MS_BIND, NULL))
		perror("vm: /lib/modules");
	sethostname("vm", 2);

	child = fork();
	if (!child) {
		setsid();
		open_output(interactive);
		execl("/bin/bash", "bash", "/.vm/run", (char *)NULL);
		_exit(127);
	}
	while (wait(&status) != child)
		;
	file = fopen("/.vm/rc", "w");
	if (file) {
		fprintf(file, "%d\n", WIFEXITED(status) ?
			WEXITSTATUS(status) : 128 + WTERMSIG(status));
		fclose(file);
	}
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
