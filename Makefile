# Sluice: `make demo` shows it, `make test` proves it. On Debian 12 both install what they need.

SHELL := /bin/bash
.DEFAULT_GOAL := build

# Two at a time: what the smallest supported machine has. JOBS=8 for a larger one.
JOBS ?= 2
# One configuration for everything, so that nothing is built twice: optimised, and testable.
SWIFTFLAGS := -c release -j $(JOBS) -Xswiftc -enable-testing
BUILDFLAGS := $(SWIFTFLAGS) --explicit-target-dependency-import-check error
SLUICE = $(CURDIR)/.build/release/sluice
VENV := .venv
PYTHON := $(VENV)/bin/python
# Demo: what to run and how often; KEEP=1 leaves the broker running.
CMD ?=
export CMD
N ?=
KEEP ?=
# Benchmarks: ONLY=name runs one.
ONLY ?=
# Reliability: which of its tests; none named, all.
TESTS ?=
# Installing: where to, and what is put before it for a package.
PREFIX ?= /usr/local
DESTDIR ?=

PACKAGES := build-essential pkg-config git curl ca-certificates python3 python3-venv \
  libmicrohttpd-dev libgnutls28-dev libjansson-dev libssl-dev libcurl4-openssl-dev libhwloc-dev libsqlite3-dev

.PHONY: build test verify reliability demo bench install install-files uninstall lint format openapi install-deps require-swift clean clean-all help

help:
	@echo "make demo     start a broker, run an ensemble on it, show the result  (N=500, CMD='…', KEEP=1)"
	@echo "make test     build and run every test"
	@echo "make verify   the documents against a running broker: README, OpenAPI, demo"
	@echo "make reliability  crashes, full disks, power cuts, fuzzing: about 25 minutes"
	@echo "make bench    measure                                                 (ONLY=name)"
	@echo "make install  the program, its manual, completions, settings, unit     (PREFIX=/usr/local, DESTDIR=)"
	@echo "make lint     look at style and at what is generated"
	@echo "make format   put the sources into the house format"
	@echo "make openapi  embed openapi/sluice.yaml into the broker"
	@echo "make clean    remove what was built; clean-all also the Python environment"

# Its own libraries are in it (see Package.swift); what was compiled for tests is only linked anew.
build: install-deps require-swift
	SLUICE_STANDALONE=1 swift build $(BUILDFLAGS) --product sluice

test: install-deps require-swift $(VENV)/ready
	python3 openapi/embed.py --check
	$(VENV)/bin/openapi-spec-validator openapi/sluice.yaml
	swift build $(BUILDFLAGS) --build-tests
	rm -f .build/determinism
	SLUICE_TRACE_FILE=.build/determinism swift test $(SWIFTFLAGS) --skip-build --filter Determinism
	SLUICE_TRACE_FILE=.build/determinism swift test $(SWIFTFLAGS) --skip-build
	$(MAKE) --no-print-directory build
	SLUICE_BINARY=$(SLUICE) PYTHON=$(CURDIR)/$(PYTHON) Tests/endtoend/run.sh

verify: build $(VENV)/ready
	$(PYTHON) docs/verify.py --sluice $(SLUICE) README.md docs
	$(PYTHON) openapi/verify.py --sluice $(SLUICE)
	$(MAKE) --no-print-directory demo N=50

reliability: PACKAGES += strace e2fsprogs
reliability: build $(VENV)/ready
	SLUICE_BINARY=$(SLUICE) PYTHON=$(CURDIR)/$(PYTHON) Tests/reliability/run.sh $(TESTS)

demo: build
	python3 deploy/demo/demo.py --sluice $(SLUICE) $(if $(N),--count $(N)) $(if $(CMD),--command "$$CMD") \
	  $(if $(KEEP),--keep)

bench: build
	python3 Tests/benchmarks/run.py $(if $(ONLY),--only $(ONLY))

install: build
	$(MAKE) --no-print-directory install-files
	strip --strip-debug $(TO)/bin/sluice

# What the packages of distributions do after their own build; SLUICE= names the program.
TO = $(DESTDIR)$(PREFIX)
install-files:
	install -D -m 0755 $(SLUICE) $(TO)/bin/sluice
	install -d $(TO)/share/man/man1 $(TO)/share/bash-completion/completions $(TO)/share/zsh/site-functions \
	  $(TO)/share/fish/vendor_completions.d $(TO)/share/sluice/monitoring $(TO)/lib/systemd/system
	python3 deploy/manual.py $(SLUICE) > $(TO)/share/man/man1/sluice.1
	$(SLUICE) completion bash > $(TO)/share/bash-completion/completions/sluice
	$(SLUICE) completion zsh > $(TO)/share/zsh/site-functions/_sluice
	$(SLUICE) completion fish > $(TO)/share/fish/vendor_completions.d/sluice.fish
	install -m 0644 deploy/sluice.toml deploy/sluice.logrotate $(TO)/share/sluice/
	install -m 0644 deploy/monitoring/* $(TO)/share/sluice/monitoring/
	sed 's#/usr/local#$(PREFIX)#g' deploy/sluice.service > $(TO)/lib/systemd/system/sluice.service

uninstall:
	rm -f $(TO)/bin/sluice $(TO)/share/man/man1/sluice.1 $(TO)/share/bash-completion/completions/sluice \
	  $(TO)/share/zsh/site-functions/_sluice $(TO)/share/fish/vendor_completions.d/sluice.fish \
	  $(TO)/lib/systemd/system/sluice.service
	rm -rf $(TO)/share/sluice

lint: require-swift
	swift format lint --strict --parallel --recursive Package.swift Sources Tests
	python3 openapi/embed.py --check
	python3 -m compileall -q openapi docs deploy clients

format: require-swift
	swift format --in-place --parallel --recursive Package.swift Sources Tests

openapi: $(VENV)/ready
	$(PYTHON) openapi/embed.py

# Works offline once everything is there; other systems than Debian's are told what is missing, by the compiler.
install-deps:
	@command -v dpkg-query >/dev/null || exit 0; \
	missing=(); \
	for package in $(PACKAGES); do \
	  dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing+=($$package); \
	done; \
	if (( $${#missing[@]} )); then \
	  echo "installing $${missing[*]}"; \
	  as_root=$$( (( $$(id -u) )) && echo sudo || true); \
	  $$as_root apt-get update -qq && \
	    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$${missing[@]}"; \
	fi

require-swift:
	@if ! command -v swift >/dev/null; then \
	  arch=$$( [ "$$(uname -m)" = aarch64 ] && echo -aarch64 || true); \
	  release=swift-6.3.1-RELEASE; \
	  echo "Sluice needs Swift 6.3, and there is no \`swift\` in your PATH. On Debian 12:"; \
	  echo; \
	  echo "  sudo apt-get install -y binutils-gold gcc g++ git libcurl4-openssl-dev libedit-dev libpython3-dev \\"; \
	  echo "    libsqlite3-dev libncurses-dev libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata zlib1g-dev"; \
	  echo "  curl -fLO https://download.swift.org/swift-6.3.1-release/debian12$$arch/$$release/$$release-debian12$$arch.tar.gz"; \
	  echo "  sudo mkdir -p /opt/swift"; \
	  echo "  sudo tar -xzf $$release-debian12$$arch.tar.gz -C /opt/swift --strip-components=1"; \
	  echo "  export PATH=/opt/swift/usr/bin:\$$PATH"; \
	  echo; \
	  echo "For other systems, and to check signatures: https://www.swift.org/install/linux/"; \
	  exit 1; \
	fi

# Validators and generators; the broker itself, its demo and its tests in Swift need no Python package.
$(VENV)/ready: openapi/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r openapi/requirements.txt
	@touch $@

clean:
	swift package clean

clean-all: clean
	rm -rf .build $(VENV)
