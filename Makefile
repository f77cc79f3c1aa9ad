# SPDX-License-Identifier: GPL-2.0-only
#
# make            the module for the running kernel, and dvradm
# make help       what else there is

VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"$$/\1/p' dkms.conf)
KVERSION ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVERSION)/build
PREFIX ?= /usr/local
DESTDIR ?=
KERNELS ?=
DEBUG ?=
FULL ?=
SPREAD ?=
ONLY ?=
TESTS ?=
CACHE ?= on
BENCH_KERNELS ?= 6.12 7.3
CASES ?=

out := $(CURDIR)/build
host := $(out)/host
sources := Kbuild dkms.conf kmod uapi kunit

.PHONY: all module tools install uninstall dkms-install demo check bench bench-control \
	bench-native bench-smp bench-tcp clean help

all: module tools

module:
	@test -e $(KDIR)/Makefile || { \
		echo "no headers of the running kernel in $(KDIR): install" \
		"linux-headers-$(KVERSION) or give KDIR=; scripts/build --kernel 6.1" \
		"builds for a kernel that is not installed" >&2; exit 1; }
	@mkdir -p $(host)
	@tar cf - $(wildcard $(sources)) | tar xf - -C $(host)
	$(MAKE) -C $(KDIR) M=$(host) modules

tools:
	$(MAKE) -C tools O=$(out)/tools VERSION=$(VERSION)

install: all
	$(MAKE) -C $(KDIR) M=$(host) INSTALL_MOD_PATH=$(DESTDIR) modules_install
	$(if $(DESTDIR),,depmod $(KVERSION))
	$(MAKE) -C tools O=$(out)/tools VERSION=$(VERSION) PREFIX=$(PREFIX) \
		DESTDIR=$(DESTDIR) install

uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/dvradm \
		$(DESTDIR)$(PREFIX)/share/man/man8/dvradm.8 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/dvradm
	find $(DESTDIR)/lib/modules/$(KVERSION) -name 'dvr*.ko*' -delete
	$(if $(DESTDIR),,depmod $(KVERSION))

# The module only, rebuilt by DKMS for every kernel that is installed later.
dkms-install:
	@command -v dkms >/dev/null || { echo "dkms-install: needs the package dkms" >&2; exit 1; }
	-dkms remove dvr/$(VERSION) --all
	rm -rf /usr/src/dvr-$(VERSION)
	mkdir -p /usr/src/dvr-$(VERSION)
	tar cf - $(wildcard $(sources)) | tar xf - -C /usr/src/dvr-$(VERSION)
	dkms install dvr/$(VERSION) -k $(KVERSION)

demo:
	@scripts/setup build
	@scripts/build
	@scripts/vm -- examples/demo

check:
	@scripts/setup check
	@scripts/test $(if $(ONLY)$(TESTS),,--static) $(if $(FULL),--full,$(if $(SPREAD),--spread)) \
		$(addprefix --kernel ,$(KERNELS)) $(if $(DEBUG),--debug) \
		$(if $(filter off,$(CACHE)),--no-cache) $(if $(ONLY),--only '$(ONLY)') $(TESTS)

bench:
	@scripts/setup bench
	@scripts/bench $(addprefix --kernel ,$(BENCH_KERNELS)) $(CASES)

bench-control:
	@scripts/setup bench
	@scripts/bench-control

bench-native:
	@scripts/setup bench
	@scripts/bench --native $(CASES)

bench-smp:
	@scripts/setup bench
	@scripts/bench-smp $(CASES)

bench-tcp:
	@scripts/setup bench
	@scripts/bench-tcp

clean:
	rm -rf build

help:
	@echo 'make                the module for the running kernel (KDIR=), and dvradm'
	@echo 'make install        both, with man page and completion (PREFIX=, DESTDIR=)'
	@echo 'make uninstall      takes them away again'
	@echo 'make dkms-install   the module by way of DKMS'
	@echo 'make demo           boots a kernel and shows a distributed router at work'
	@echo 'make check          static checks, unit tests and selftests in VMs'
	@echo '                    (FULL=1: on all kernels and with KASAN, lockdep, kmemleak;'
	@echo '                    SPREAD=1: each with these and on one other kernel, or'
	@echo '                    KERNELS="6.12 7.3" and DEBUG=1; CACHE=off: with flow-cache off;'
	@echo '                    ONLY="name of a test", TESTS="icmp nat": some of them)'
	@echo 'make bench          instructions a packet, beside bridge, route, nft and ovs'
	@echo '                    (BENCH_KERNELS="6.12 7.3", CASES="rx-forward dvr-route")'
	@echo 'make bench-control  time and memory of routers, routes, neighbours'
	@echo 'make bench-native   nanoseconds a packet, on the CPU of this machine'
	@echo 'make bench-smp      what two CPUs forward, and one'
	@echo 'make bench-tcp      TCP by dvr and by the router of the kernel, in turn'
	@echo 'make clean          removes build/'
	@echo 'Downloads and built kernels are kept in DVR_CACHE (/var/cache/dvr).'
