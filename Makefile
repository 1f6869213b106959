# SPDX-License-Identifier: MIT
# One GNU make file for everything: `make help` lists the targets.
VERSION := 0.1.0
-include config.mk

# ---- what a user may set (on the command line or in config.mk) ----
CC ?= gcc
PREFIX ?= /usr/local
BUILD ?= build
CUDA ?= auto
ONEDNN ?= 1
WERROR ?= 0
DEPS ?= 1
CFLAGS ?= -O2 -g
NVCC ?= $(firstword $(wildcard /usr/local/cuda/bin/nvcc) $(shell command -v nvcc 2>/dev/null))

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes
ifeq ($(WERROR),1)
WARN += -Werror
endif
AVO_CFLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -D_FILE_OFFSET_BITS=64 -iquote . \
	-DAVO_VERSION='"$(VERSION)"' -ffp-contract=off -pthread $(WARN) -MMD -MP $(EXTRA_CFLAGS)
LIBS := -Wl,--as-needed -lBigWig -lhts -lz -lnettle -lm
ifeq ($(ONEDNN),1)
AVO_CFLAGS += -DAVO_HAVE_ONEDNN=1
LIBS += -ldnnl -lgomp
endif

TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/*.c))
LIB_SRC := $(wildcard libcommon/*/*.c) cuda/stub.c
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/check_*.c))
PROGRAMS := $(TOOLS:%=$(BUILD)/%)

# The generator of the examples' data: built with everything else, not installed.
GENERATOR := $(BUILD)/examples/make-compendium

all: $(PROGRAMS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(AVO_CFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/libavo.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(PROGRAMS): $(BUILD)/%: $(BUILD)/tools/%.o $(BUILD)/libavo.a
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $< $(BUILD)/libavo.a $(LIBS)

$(GENERATOR): $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/*.c)) $(BUILD)/libavo.a
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $(filter %.o,$^) $(BUILD)/libavo.a $(LIBS)

$(UNIT): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libavo.a
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $@ $< $(BUILD)/libavo.a $(LIBS) -lcheck -lsubunit -lrt

unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

clean:
	rm -rf build

.SECONDARY:
.PHONY: all unit clean
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
