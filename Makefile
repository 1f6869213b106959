# SPDX-License-Identifier: MIT
# One GNU make file for everything: `make help` lists the targets.
VERSION := 0.1.0
-include config.mk

# ---- what a user may set (on the command line or in config.mk) ----
ifeq ($(origin CC),default)
CC := gcc
endif
prefix ?= $(or $(PREFIX),/usr/local)
exec_prefix ?= $(prefix)
bindir ?= $(exec_prefix)/bin
datarootdir ?= $(prefix)/share
datadir ?= $(datarootdir)
mandir ?= $(datarootdir)/man
completiondir ?= $(datadir)/bash-completion/completions
BUILD ?= build
CUDA ?= auto
NVCC ?= nvcc
ONEDNN ?= auto
XGBOOST ?= auto
WERROR ?= 0
DEPS ?= 1
JOBS ?= 2
CFLAGS ?= -O2 -g
PYTHON ?= /usr/bin/python3
INSTALL ?= install

# ---- one variant a run: sanitizers, valgrind, clang build in folders of their own ----
VARIANT := $(firstword $(filter asan ubsan sanitized tsan valgrind fuzz,$(MAKECMDGOALS)))
ifneq ($(filter clang,$(MAKECMDGOALS)),)
override BUILD := $(BUILD)/by-clang
override CC := clang
override CUDA := 0
endif
ifneq ($(VARIANT),)
override BUILD := $(BUILD)/$(VARIANT)
override CFLAGS := -O1 -g -fno-omit-frame-pointer
SANITIZE_asan := -fsanitize=address
SANITIZE_ubsan := -fsanitize=undefined,float-divide-by-zero -fno-sanitize-recover=all
SANITIZE_sanitized := $(SANITIZE_asan) $(SANITIZE_ubsan)
SANITIZE_tsan := -fsanitize=thread
SANITIZE_fuzz := -fsanitize=fuzzer-no-link,address,undefined
SANITIZE := $(SANITIZE_$(VARIANT))
AVO_TIMEOUT_SCALE ?= 5
# Checkers watch the host's code, which the CUDA parts share with their stand-ins for tests.
override CUDA := 0
endif

# ---- probes ----
GOALS := $(or $(MAKECMDGOALS),all)
NO_PROBES := help clean dist uninstall
ifneq ($(filter-out $(NO_PROBES),$(GOALS)),)
# Libraries: NAME:HEADER:VERSION, the version in the words of the header.
LIBRARIES := bigwig:bigWig.h:LIBBIGWIG_VERSION hts:htslib/hts.h:HTS_VERSION \
	zlib:zlib.h:ZLIB_VERSION deflate:libdeflate.h:LIBDEFLATE_VERSION_STRING \
	nettle:nettle/version.h:NETTLE_VERSION_MAJOR.NETTLE_VERSION_MINOR \
	dnnl:dnnl_version.h:DNNL_VERSION_MAJOR.DNNL_VERSION_MINOR.DNNL_VERSION_PATCH \
	xgboost:xgboost/version_config.h:XGBOOST_VER_MAJOR.XGBOOST_VER_MINOR.XGBOOST_VER_PATCH \
	liblinear:linear.h:LIBLINEAR_VERSION \
	check:check.h:CHECK_MAJOR_VERSION.CHECK_MINOR_VERSION.CHECK_MICRO_VERSION
# $(call field,N,A:B:C)
field = $(word $1,$(subst :, ,$2))
define PROBE

#if __has_include(<$(call field,2,$1)>)
#include <$(call field,2,$1)>
AVO_PROBE $(call field,1,$1) $(call field,3,$1)
#endif
endef
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/probe.c,$(foreach l,$(LIBRARIES),$(call PROBE,$l)))
PROBED := $(shell $(CC) -D_POSIX_C_SOURCE=200809L -E -P $(CPPFLAGS) $(BUILD)/probe.c 2>/dev/null \
	| sed -n 's/^AVO_PROBE \([a-z]*\) \(.*\)/\1:\2/p' | tr -d '"() ')
# $(call version,NAME): what the probe found, empty where the library is missing
version = $(patsubst $1:%,%,$(filter $1:%,$(PROBED)))
has = $(filter $1:%,$(PROBED))
CC_VERSION := $(shell $(CC) -dumpfullversion -dumpversion 2>/dev/null)
STREAM_VERSION := $(shell sed -n 's/^.define AVO_STREAM_M[AJINOR]* *\([0-9]*\).*/\1/p' \
	libcommon/stream/stream.h | paste -s -d .)

# What is needed, by Debian's names: WHEN:KIND:WHAT:PACKAGE[,PACKAGE]. Kinds: lib (LIBRARIES),
# command, module (of Debian's Python), file.
PACKAGES := build:compiler:$(CC):$(or $(filter clang,$(CC)),gcc),libc6-dev \
	build:lib:bigwig:libbigwig-dev build:lib:hts:libhts-dev build:lib:zlib:zlib1g-dev \
	build:lib:deflate:libdeflate-dev \
	build:lib:nettle:nettle-dev build:lib:liblinear:liblinear-dev \
	$(if $(filter 0,$(ONEDNN)),,build:lib:dnnl:libdnnl-dev) \
	$(if $(filter 0,$(XGBOOST)),,build:lib:xgboost:libxgboost-dev peer:module:xgboost:python3-xgboost) \
	check:lib:check:check,libsubunit-dev check:command:mandoc:mandoc \
	check:command:ctags:universal-ctags check:command:shellcheck:shellcheck \
	check:command:cppcheck:cppcheck check:module:liblinear:python3-liblinear \
	peer:module:numpy:python3-numpy peer:module:pyBigWig:python3-pybigwig \
	peer:module:scipy:python3-scipy peer:module:sklearn:python3-sklearn \
	all:command:strace:strace all:command:valgrind:valgrind \
	all:file:/usr/lib/R/site-library/rtracklayer:r-bioc-rtracklayer \
	all:command:chromium:chromium all:file:/usr/share/java/chromimpute.jar:chromimpute \
	bench:module:torch:python3-torch \
	bench:file:/usr/lib/*/openblas-pthread/libblas.so.3:libopenblas0-pthread \
	fuzz:command:clang:clang,libclang-rt-14-dev
found_lib = $(call has,$1)
found_compiler = $(CC_VERSION)
found_command = $(shell command -v $1 2>/dev/null)
found_module = $(wildcard /usr/lib/python3/dist-packages/$1 /usr/lib/python3/dist-packages/$1.*)
found_file = $(wildcard $1)
COMMA := ,
# $(call lacking,WHEN): the packages of those rows that are not there
lacking = $(foreach p,$(filter $(addsuffix :%,$1),$(PACKAGES)),$(if $(call \
	found_$(call field,2,$p),$(call field,3,$p)),,$(subst $(COMMA), ,$(call field,4,$p))))
CHECKS := check check-all check-real check-fence lint unit asan ubsan sanitized tsan valgrind clang deps
MISSING_BUILD := $(call lacking,build)
MISSING := $(sort $(MISSING_BUILD) $(if $(filter $(CHECKS),$(GOALS)),$(call lacking,check peer)) \
	$(if $(filter check-all valgrind deps,$(GOALS)),$(call lacking,all)) \
	$(if $(filter bench check-real,$(GOALS)),$(call lacking,bench peer)) \
	$(if $(filter fuzz,$(GOALS)),$(call lacking,fuzz)))

# ---- missing packages: installed once for the goals that promise it, then make starts over ----
AUTO_DEPS := demo check check-all check-real bench lint unit asan ubsan sanitized tsan valgrind clang \
	fuzz deps
ifneq ($(MISSING),)
ifneq ($(filter $(AUTO_DEPS),$(GOALS)),)
ifneq ($(MAKE_RESTARTS),)
$(error packages are still missing after the installation: $(MISSING))
endif
ifeq ($(DEPS),0)
$(error missing packages, and DEPS=0 forbids installing them: $(MISSING))
endif
WANT_DEPS := 1
include $(BUILD)/deps.mk
else ifneq ($(strip $(MISSING_BUILD)),)
$(error missing packages: $(strip $(MISSING_BUILD)) (`make deps` installs them))
endif
endif
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
APT := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -q

ifeq ($(ONEDNN),auto)
override ONEDNN := $(if $(call has,dnnl),1,0)
endif
ifeq ($(XGBOOST),auto)
override XGBOOST := $(if $(call has,xgboost),1,0)
endif

# ---- CUDA: nvcc (with a C++ compiler behind it), the headers, the runtime library ----
ifeq ($(CUDA),0)
CUDA_LACKS := CUDA=0
else
NVCC_AT := $(realpath $(shell command -v $(NVCC) 2>/dev/null))
CUDA_HOME ?= $(patsubst %/bin/nvcc,%,$(NVCC_AT))
CUDA_LIB := $(patsubst %/,%,$(dir $(firstword $(wildcard $(addsuffix /libcudart_static.a, \
	$(CUDA_HOME)/lib64 $(CUDA_HOME)/targets/*/lib $(CUDA_HOME)/lib /usr/lib/*-linux-gnu)))))
CUDA_LACKS := $(if $(NVCC_AT),$(if $(wildcard $(CUDA_HOME)/include/cublasLt.h \
	/usr/include/cublasLt.h),$(if $(CUDA_LIB),$(if $(wildcard $(shell $(CC) \
	-print-prog-name=cc1plus)),,no C++ compiler),no libcudart_static.a),no cublasLt.h),no $(NVCC))
endif
ifneq ($(CUDA_LACKS),)
ifeq ($(CUDA),1)
$(error CUDA=1: $(CUDA_LACKS); use CUDA=auto or 0, or name the compiler: NVCC=/path/to/nvcc)
endif
override CUDA := 0
else
override CUDA := 1
CUDA_VERSION := $(shell $(NVCC) --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
# Code for each of these; a card between two runs that of the lower one where the major number is
# the same, a newer card compiles the last one's PTX when it first meets it.
CUDA_ARCH ?= $(filter $(patsubst compute_%,sm_%,$(shell $(NVCC) --list-gpu-arch)), \
	sm_80 sm_89 sm_90 sm_100 sm_120)
endif
ifneq ($(filter-out deps,$(GOALS)),)
ifeq ($(MISSING),)
$(info avotools $(VERSION), record stream $(STREAM_VERSION): gcc $(CC_VERSION), \
libBigWig $(call version,bigwig), htslib $(call version,hts), zlib $(call version,zlib), \
libdeflate $(call version,deflate), \
nettle $(call version,nettle), oneDNN $(if $(filter 1,$(ONEDNN)),$(call version,dnnl),no), \
XGBoost $(if $(filter 1,$(XGBOOST)),$(call version,xgboost),no), \
liblinear $(call version,liblinear), \
CUDA $(if $(filter 1,$(CUDA)),$(CUDA_VERSION) for $(CUDA_ARCH),no ($(CUDA_LACKS))); \
building into $(BUILD))
endif
endif
endif

# ---- flags ----
ifeq ($(VARIANT),fuzz)
override CC := clang
endif
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
ifeq ($(WERROR),1)
WARN += -Werror
endif
AVO_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -iquote . \
	-DAVO_VERSION='"$(VERSION)"' -ffp-contract=off -pthread $(SANITIZE) $(EXTRA_CFLAGS)
# liblinear as an archive where there is one: the shared one would load a BLAS, which is not used
# (libcommon/ap/classify_logistic.c), starts threads and may wait for ever in fork.
# Its C++ is served by the library itself: a machine with a C compiler only has no more.
LIBLINEAR := $(if $(filter /%,$(shell $(CC) -print-file-name=liblinear.a)),-l:liblinear.a -l:libstdc++.so.6,-llinear)
LIBS := -Wl,--as-needed -lBigWig -lhts -lz -ldeflate -lnettle $(LIBLINEAR) -lm
ifeq ($(ONEDNN),1)
AVO_CFLAGS += -DAVO_HAVE_ONEDNN=1
LIBS += -ldnnl -lgomp
endif
ifeq ($(XGBOOST),1)
AVO_CFLAGS += -DAVO_HAVE_XGBOOST=1
LIBS += -lxgboost
endif
# The runtime is linked in, cuBLASLt is loaded when a card is opened: programs start as fast as
# without, and also where there is neither. -fno-...: nothing of C++ needs its library then.
ifeq ($(CUDA),1)
CUDA_LIBS := -L$(CUDA_LIB) -Wl,-rpath,$(CUDA_LIB) -lcudart_static -lrt -ldl
CUDA_NUMBERS := $(CUDA_ARCH:sm_%=%)
AVO_NVCC := -std=c++17 -O3 -lineinfo -Xfatbin=-compress-all \
	$(foreach n,$(CUDA_NUMBERS),-gencode=arch=compute_$n,code=sm_$n) \
	-gencode=arch=compute_$(lastword $(CUDA_NUMBERS)),code=compute_$(lastword $(CUDA_NUMBERS)) \
	-Werror all-warnings -Wno-deprecated-gpu-targets -Xptxas -v,--warn-on-spills -Xcompiler \
	-Wall,-Wextra,-g,-fno-exceptions,-fno-rtti,-fno-threadsafe-statics,-iquote,. \
	-DAVO_CUDA_ARCH='"$(CUDA_ARCH)"' $(NVCCFLAGS)
endif
# One short line a file; V=1 shows the commands.
SAY = $(if $(V),,@echo '  $@';)
COMPILE = $(CC) $(AVO_CFLAGS) $(WARN) -MMD -MP $(CPPFLAGS) $(CFLAGS) $(FILE_CFLAGS)
LINK = $(CC) $(SANITIZE) $(CFLAGS) $(LDFLAGS) -pthread

# ---- files ----
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
LIB_SRC := $(wildcard libcommon/*/*.c) cuda/stub.c
# The CUDA backend: plain C over three interfaces, which the device's files (.cu) fill, and, for
# tests without a card, stand-ins (tests/backend/cuda_host/). What links it does so before libavo.a and its stub.
CUDA_STEP := $(patsubst %.c,$(BUILD)/%.o,$(filter-out cuda/stub.c,$(wildcard cuda/*.c)))
CUDA_HOST := $(CUDA_STEP) $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/backend/cuda_host/*.c))
CUDA_OBJ := $(if $(filter 1,$(CUDA)),$(CUDA_STEP) \
	$(patsubst %.cu,$(BUILD)/%.o,$(wildcard cuda/*.cu)))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
PROGRAMS := $(TOOLS:%=$(BUILD)/%)
UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/check_*.c tests/backend/check_*.c))
# The backend tests once more, with the card's backend linked in.
CARD := $(if $(filter 1,$(CUDA)),$(patsubst tests/backend/%.c,$(BUILD)/tests/backend/card/%, \
	$(wildcard tests/backend/check_*.c)))
CARD_OBJ := $(CUDA_OBJ) $(BUILD)/tests/backend/cuda_card/knobs.o
# And with the CUDA backend on a card of ordinary memory.
ON_HOST := $(patsubst %,$(BUILD)/tests/backend/host/%,check_backend check_gradients check_stage2)
HOST_TOOLS := $(patsubst %,$(BUILD)/tests/backend/host/%,avo-train avo-impute)
# And with the card's own kernels, thread by thread on the CPU: cuda/kernels_*.cu as C++.
EMULATED := $(if $(wildcard $(shell $(CC) -print-prog-name=cc1plus)),$(patsubst %,\
	$(BUILD)/tests/backend/emulated/%,check_backend check_cuda_kernels check_cuda_step \
	check_gradients check_stage2))
EMULATED_OBJ := $(CUDA_STEP) $(BUILD)/tests/backend/cuda_host/device_host.o \
	$(BUILD)/tests/backend/cuda_host/products_host.o \
	$(patsubst tests/backend/cuda_emulated/%.cpp,$(BUILD)/tests/backend/emulated/%.o, \
	$(wildcard tests/backend/cuda_emulated/*.cpp)) \
	$(patsubst cuda/%.cu,$(BUILD)/tests/backend/emulated/%.o,$(wildcard cuda/kernels_*.cu))
# What several unit programs share.
UNIT_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/lib/unit/*.c) \
	$(filter-out tests/backend/check_%,$(wildcard tests/backend/*.c)))
# The generator of the examples' data, and small programs that test cases use: not installed.
GENERATOR := $(BUILD)/examples/make-compendium
EXTRA := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/lib/*.c \
	tests/streams/*.c $(filter-out tests/bench/cuda%,$(wildcard tests/bench/*.c))))
CUDA_BENCH := $(if $(filter 1,$(CUDA)),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/cuda*.c)))
FUZZ := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
# Preloaded by tests: an allocator that fails on demand.
INJECT := $(patsubst %.c,$(BUILD)/%.so,$(wildcard tests/inject/*.c))
# The same with clang's libFuzzer: `make fuzz`, ONLY=PART of a target's name.
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/%,$(filter tests/fuzz/fuzz_%, \
	$(wildcard tests/fuzz/*$(ONLY)*.c)))
MAN := $(wildcard man/*.1 man/*.5 man/*.7)
COMPLETION := $(TOOLS:%=$(BUILD)/completion/%)

all: $(PROGRAMS) $(BUILD)/libavo.a

# Objects depend on this file, which changes with the flags (warnings aside).
FLAGS := $(CC) $(AVO_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) CUDA=$(CUDA)
ifneq ($(filter-out $(NO_PROBES),$(GOALS)),)
ifneq ($(FLAGS),$(file <$(BUILD)/flags))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags,$(FLAGS))
endif
ifneq ($(NVCC_AT) $(AVO_NVCC),$(file <$(BUILD)/flags.cuda))
$(shell mkdir -p $(BUILD))
$(file >$(BUILD)/flags.cuda,$(NVCC_AT) $(AVO_NVCC))
endif
endif

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY)$(COMPILE) -c -o $@ $<

# What ptxas says of registers and spills stays beside the object: tests/cli/build/cuda.sh reads it.
$(BUILD)/%.o: %.cu $(BUILD)/flags.cuda
	@mkdir -p $(@D)
	$(SAY)$(NVCC) $(AVO_NVCC) -MMD -MP -MF $(@:.o=.d) -c -o $@ $< >$(@:.o=.ptxas) 2>&1 || \
		{ cat $(@:.o=.ptxas) >&2; exit 1; }

# Inner loops gain from more unrolling, and from vectors, which errno and floating-point traps (of
# which nothing here asks) would forbid; values are the same. Sanitized builds stay at -O1.
HOT := $(wildcard libcommon/backend/backend_cpu*.c libcommon/backend/cpu_*.c libcommon/base/half.c \
	libcommon/backend/observed_*.c libcommon/model/track_windows.c \
	libcommon/eval/baseline*.c libcommon/eval/eval.c libcommon/eval/moments.c \
	libcommon/eval/rank.c libcommon/ap/average_precision.c)
ifeq ($(VARIANT),)
$(HOT:%.c=$(BUILD)/%.o): FILE_CFLAGS := -O3 -fno-math-errno -fno-trapping-math
endif
BUILD_INFO = record stream $(STREAM_VERSION)\nlibBigWig $(call version,bigwig)\nhtslib $(call version,hts)
$(BUILD)/libcommon/base/opt.o: FILE_CFLAGS := -DAVO_BUILD_INFO='"$(BUILD_INFO)"' \
	$(if $(filter 1,$(CUDA)),-DAVO_HAVE_CUDA=1)
$(BUILD)/libcommon/base/opt.o: Makefile libcommon/stream/stream.h

$(BUILD)/libavo.a: $(LIB_OBJ)
	@rm -f $@
	$(SAY)$(AR) rcs $@ $^

# Only these two compute.
$(BUILD)/avo-train $(BUILD)/avo-impute: $(CUDA_OBJ)
$(BUILD)/avo-train $(BUILD)/avo-impute: FILE_LIBS := $(CUDA_LIBS)
$(PROGRAMS): $(BUILD)/%: $(BUILD)/tools/%.o

# Programs of Check: with the objects that they share, and its libraries.
CHECKED := $(UNIT) $(CARD) $(ON_HOST) $(EMULATED) $(CUDA_BENCH)
$(CHECKED): $(UNIT_OBJ)
$(CHECKED): FILE_LIBS = -Wl,--wrap=_mark_point -lcheck -lsubunit -lrt -lm $(MORE_LIBS)
$(BUILD)/tests/backend/check_cuda_step $(BUILD)/tests/backend/check_cuda_kernels: $(CUDA_HOST)
$(UNIT) $(CUDA_BENCH): $(BUILD)/%: $(BUILD)/%.o
$(CARD): $(BUILD)/tests/backend/card/%: $(BUILD)/tests/backend/%.o $(CARD_OBJ)
$(CARD) $(CUDA_BENCH): MORE_LIBS := $(CUDA_LIBS)
$(CUDA_BENCH): $(CUDA_OBJ)
$(ON_HOST): $(BUILD)/tests/backend/host/%: $(BUILD)/tests/backend/%.o $(CUDA_HOST)
$(EMULATED): $(BUILD)/tests/backend/emulated/%: $(BUILD)/tests/backend/%.o $(EMULATED_OBJ)
$(EMULATED): MORE_LIBS := -lstdc++

# kept[] of the row loss is read where it was written, which gcc does not see.
EMULATE = $(CC) -std=c++17 -iquote . -Itests/backend/cuda_emulated -ffp-contract=off \
	-fno-strict-aliasing $(SANITIZE) -Wall -Wextra -Wno-unknown-pragmas -Wno-unused-function \
	-Wno-unused-parameter -Wno-uninitialized -Wno-maybe-uninitialized -Wno-clobbered -MMD -MP \
	$(CPPFLAGS) $(CFLAGS)
$(BUILD)/tests/backend/emulated/%.o: cuda/%.cu tests/lib/emulate.sh \
		$(BUILD)/flags
	@mkdir -p $(@D)
	@sh tests/lib/emulate.sh $< >$(@:.o=.cpp)
	$(SAY)$(EMULATE) -c -o $@ $(@:.o=.cpp)

$(BUILD)/tests/backend/emulated/%.o: tests/backend/cuda_emulated/%.cpp $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY)$(EMULATE) -c -o $@ $<

$(HOST_TOOLS): $(BUILD)/tests/backend/host/%: $(BUILD)/tools/%.o $(CUDA_HOST)
$(GENERATOR): $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/*.c))
$(EXTRA): $(BUILD)/%: $(BUILD)/%.o
$(FUZZ): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/lib/replay/replay.o
$(FUZZERS): $(BUILD)/%: $(BUILD)/tests/fuzz/%.o
$(FUZZERS): FILE_LIBS := -fsanitize=fuzzer

# The one way to link: its own objects first, so that what they bring goes before the library's.
LINKED := $(PROGRAMS) $(CHECKED) $(HOST_TOOLS) $(GENERATOR) $(EXTRA) $(FUZZ) $(FUZZERS)
$(LINKED): $(BUILD)/libavo.a
	@mkdir -p $(@D)
	$(SAY)$(LINK) -o $@ $(filter %.o,$^) $(BUILD)/libavo.a $(LIBS) $(FILE_LIBS)

$(INJECT): $(BUILD)/%.so: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(SAY)$(CC) -std=c11 $(WARN) $(CPPFLAGS) -O2 -g -fPIC -shared -pthread -o $@ $< -ldl

# ---- running ----
RUN = AVO_VARIANT=$(VARIANT) AVO_BUILD=$(BUILD) JOBS=$(JOBS) PYTHON=$(PYTHON) AVO_TIMEOUT_SCALE=$(or $(AVO_TIMEOUT_SCALE),1) \
	sh tests/lib/run.sh
TESTABLE := $(PROGRAMS) $(GENERATOR) $(UNIT) $(ON_HOST) $(HOST_TOOLS) $(EMULATED) \
	$(EXTRA) $(FUZZ) $(INJECT)

demo: all $(GENERATOR)
	AVO_BUILD=$(BUILD) sh examples/demo.sh

# The layering and the manual pages are one of its cases (tests/cli/build/lint.sh).
check: $(TESTABLE)
	@$(RUN) check

# Adds to what check has counted, and closes with the sum.
check-all: check
	@$(RUN) all

check-real: $(TESTABLE)
	@RESULTS=$(abspath $(BUILD))/tests/results-real $(RUN) real

ifneq ($(filter check-cuda bench-cuda carry,$(GOALS)),)
ifneq ($(CUDA),1)
$(error $(filter check-cuda bench-cuda carry,$(GOALS)) needs a build with CUDA: $(CUDA_LACKS))
endif
endif
CARD_PROGRAMS := $(PROGRAMS) $(GENERATOR) $(CARD) $(CUDA_BENCH)
# Needs a card; what cannot run is a failure.
check-cuda: $(CARD_PROGRAMS)
	@RESULTS=$(abspath $(BUILD))/tests/results-cuda $(RUN) cuda

bench-cuda: $(CARD_PROGRAMS)
	@AVO_BUILD=$(BUILD) PYTHON=$(PYTHON) QUICK=$(QUICK) sh tests/bench/cuda.sh

# A folder for a machine that has a card, its driver, cuBLASLt and Python, but no compiler and not
# our libraries: there, in a copy of the source tree with this folder in it,
#   AVO_BUILD=build/carry sh tests/lib/run.sh cuda; AVO_BUILD=build/carry sh tests/bench/cuda.sh
carry: $(CARD_PROGRAMS)
	@sh tests/lib/carry.sh $(BUILD) $(BUILD)/carry $(CARD_PROGRAMS)

# How good the ways of imputing are, on real tracks (half an hour; AVO_REAL_DATA says where), and on
# generated ones of 40 cell types.
protocol: all
	@AVO_BUILD=$(BUILD) sh tests/protocol/folds.sh avocado= recipe='--preset observed' \
	    predictd='--preset predictd'
protocol-new: all
	@AVO_BUILD=$(BUILD) sh tests/protocol/new.sh
protocol-generated: all $(GENERATOR)
	@AVO_BUILD=$(BUILD) sh tests/protocol/generated.sh avocado= recipe='--preset observed' \
	    plain='--preset observed --similar no'

# What a restructuring must not change: compare this file before and after it.
digests: all $(GENERATOR)
	@AVO_BUILD=$(BUILD) sh tests/lib/digests.sh >$(BUILD)/digests.txt
	@echo $(BUILD)/digests.txt

unit: $(UNIT)
	@RESULTS=$(abspath $(BUILD))/tests/results-unit $(RUN) unit

check-fence: $(PROGRAMS)
	@AVO_BUILD=$(BUILD) sh tests/lib/fence.sh

lint: check-fence
	@sh tests/lib/lint.sh

asan ubsan tsan: $(TESTABLE)
	@ASAN_OPTIONS=$${ASAN_OPTIONS:-detect_leaks=1} $(RUN) check

# For continuous integration: unit programs and streams only, under two checkers at once.
sanitized: $(TESTABLE)
	@ASAN_OPTIONS=$${ASAN_OPTIONS:-detect_leaks=1} $(RUN) unit streams

# Programs and tests by another compiler, which warns of other things (WERROR=1: and stops there).
clang: $(TESTABLE)

# Unit programs directly; every program that a case starts, through a wrapper of its name.
valgrind: $(TESTABLE)
	@sh tests/lib/wrap_valgrind.sh $(BUILD) $(TOOLS)
	@AVO_WRAP='valgrind -q --error-exitcode=99 --leak-check=full --trace-children=yes' \
		CK_FORK=no AVO_BIN=$(abspath $(BUILD))/wrapped $(RUN) check

FUZZ_SECONDS ?= 60
fuzz: $(FUZZERS)
	@FUZZ_SECONDS=$(FUZZ_SECONDS) sh tests/lib/fuzz.sh $(FUZZERS)

bench: $(PROGRAMS) $(GENERATOR) $(EXTRA)
	@AVO_BUILD=$(BUILD) PYTHON=$(PYTHON) QUICK=$(QUICK) sh tests/bench/run.sh

# ---- packages ----
deps: $(if $(WANT_DEPS),$(BUILD)/deps.mk)
	@echo 'all packages are there'

ifeq ($(WANT_DEPS),1)
.PHONY: force
force:
$(BUILD)/deps.mk: force
	@echo 'missing packages: $(MISSING)'
	@command -v apt-get >/dev/null || { \
		echo 'no apt-get here: install them another way and set DEPS=0' >&2; exit 1; }
	$(APT) update
	$(APT) install -y --no-install-recommends $(MISSING)
	@mkdir -p $(@D)
	@echo '# packages installed' >$@
endif

# ---- installing ----
# Shell completion offers each program's long options, taken from its own help.
$(COMPLETION): $(BUILD)/completion/%: $(BUILD)/%
	@mkdir -p $(@D)
	@$< --help | grep -oE -- '--[a-z][a-z0-9-]+' | sort -u | paste -s -d ' ' >$@.tmp
	@printf 'complete -o default -W "%s" %s\n' "$$(cat $@.tmp)" $* >$@
	@rm -f $@.tmp

install: $(PROGRAMS) $(COMPLETION)
	$(INSTALL) -d $(DESTDIR)$(bindir) $(DESTDIR)$(completiondir)
	$(INSTALL) -m 755 $(PROGRAMS) $(DESTDIR)$(bindir)
	$(INSTALL) -m 644 $(COMPLETION) $(DESTDIR)$(completiondir)
	for m in $(MAN); do \
		$(INSTALL) -D -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/} || exit 1; done

uninstall:
	rm -f $(TOOLS:%=$(DESTDIR)$(bindir)/%) $(TOOLS:%=$(DESTDIR)$(completiondir)/%)
	for m in $(MAN); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}; done

dist:
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=avotools-$(VERSION)/ \
		-o $(BUILD)/avotools-$(VERSION).tar.gz HEAD
	@echo $(BUILD)/avotools-$(VERSION).tar.gz

# Only what a build has made: a folder with its file of flags.
clean:
	@if [ -e '$(BUILD)' ] && [ ! -e '$(BUILD)/flags' ]; then \
		echo 'clean: $(BUILD) is no build folder' >&2; exit 1; fi
	rm -rf '$(BUILD)'

help:
	@echo 'make               build everything into build/'
	@echo 'make demo          what is missing, the build, and the main job on generated data'
	@echo 'make check         all tests that take minutes (check-all: more; check-real: real data)'
	@echo 'make check-cuda    the tests that need a GPU;  make bench-cuda [QUICK=1]: its speed'
	@echo 'make carry         build/carry, to run those two on a machine that cannot build: README.md'
	@echo 'make lint          man pages and layering (check-fence: layering only)'
	@echo 'make asan|ubsan|tsan|valgrind   the tests under a checker, in a build of its own'
	@echo 'make sanitized     asan and ubsan at once, unit programs and streams;  make clang: build only'
	@echo 'make fuzz          fuzz targets for FUZZ_SECONDS each;  make bench [QUICK=1]: speed'
	@echo 'make protocol      errors on withheld real tracks, six folds by three seeds;'
	@echo '                   protocol-new: where training was not (positions, cell types);'
	@echo '                   protocol-generated: of 40 cell types by 10 assays, generated'
	@echo 'make digests       build/digests.txt: a line for each output, to compare before and after'
	@echo 'make deps          install missing packages (apt-get); DEPS=0 forbids it to the others'
	@echo 'make install|uninstall [DESTDIR= prefix=];  make dist;  make clean'
	@echo 'Variables: CC CFLAGS BUILD WERROR=1 ONEDNN=0 XGBOOST=0 JOBS=2 V=1 ONLY=part-of-a-name'
	@echo '  CUDA=auto|0|1 CUDA_ARCH="sm_80 sm_90" NVCC=/path/to/nvcc'

.SECONDARY:
.DELETE_ON_ERROR:
.PHONY: all demo check check-all check-real check-cuda bench-cuda carry unit check-fence lint \
	asan ubsan sanitized tsan valgrind clang fuzz bench digests protocol \
	protocol-new protocol-generated deps install uninstall dist clean help
ifneq ($(filter-out $(NO_PROBES),$(GOALS)),)
-include $(shell find $(BUILD)/libcommon $(BUILD)/tools $(BUILD)/tests $(BUILD)/examples \
	$(BUILD)/cuda -name '*.d' 2>/dev/null)
endif
