# windtunnel's commands for people and for CI. `make demo` and `make test` are
# all that a fresh machine needs; they bring what they lack from the Go module proxy.

SHELL := /bin/bash
ON ?= process
FUZZTIME ?= 30s
COUNT ?= 1
GO ?= go
NODE_FLAGS = CGO_ENABLED=0
LDFLAGS = -s -w

.PHONY: demo test setup build lint bench fuzz soak twin clean

# demo runs the main job: one shop, three architectures, a payments outage.
# ON=docker runs it in containers.
demo: build
	@mkdir -p runs
	bin/windtunnel compare --scenario payments-outage -t shop-monolith -t shop-microservices -t shop-functions \
	  --on $(ON) -o runs/demo.html
	@echo; echo "The whole comparison, with drawings and cost: $(CURDIR)/runs/demo.html"

# build puts both programs into bin/. The node program is static, for `FROM scratch`.
build:
	@mkdir -p bin
	$(NODE_FLAGS) $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/windtunnel-node ./cmd/windtunnel-node
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/windtunnel ./cmd/windtunnel

# test runs every test. What needs Docker is skipped, with the reason, where there
# is no daemon, and what needs a browser where there is no Chromium;
# WINDTUNNEL_REQUIRE=docker,chromium makes that a failure.
test: build
	$(GO) test -race -shuffle=on -timeout 30m ./...
	cd fixtures/knative && $(GO) vet ./... && $(GO) test ./...
	cd fixtures/otlp && $(GO) vet ./... && $(GO) test ./...

# lint is what the code must pass before anybody reads it.
lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); \
	  if [ -n "$$unformatted" ]; then echo "gofmt these files:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

# setup installs what the tests and benches use beyond Go, on Debian.
setup:
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker.io docker-compose chromium
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nginx-light haproxy caddy

# bench prints figures side by side with a peer, measured in one run: the
# generator and vegeta, the gateway and httputil, nginx, HAProxy and Caddy, the
# gateway with traces and without, Docker and docker-compose. Those without a peer
# are the policies, the simulator, and the report of ten million requests: how
# long, how much memory, how large a page.
bench: build
	$(GO) test -run '^$$' -bench Generator -benchtime 1x -count $(COUNT) -timeout 60m ./runner/load
	$(GO) test -run '^$$' -bench Gateway -benchtime 20000x -count 5 ./fixtures/node/web
	$(GO) test -run '^$$' -bench Tracing -benchtime 60x -count 5 ./fixtures/node/web
	$(GO) test -run '^$$' -bench GatewayPeers -benchtime 1x -count $(COUNT) -v ./cmd/windtunnel-node
	$(GO) test -run '^$$' -bench Decide -benchmem -count $(COUNT) ./topologies/gateway
	$(GO) test -run '^$$' -bench Start -benchtime 200x -count $(COUNT) ./cmd/windtunnel-node
	$(GO) test -run '^$$' -bench Rest -benchtime 300x -count $(COUNT) ./fixtures/node/control
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./topologies/policy
	$(GO) test -run '^$$' -bench 'MM1|Shop|Farm' -benchtime 2000000x -count $(COUNT) ./runner/sim
	$(GO) test -run '^$$' -bench TenMillion -benchtime 1x -count $(COUNT) -timeout 60m -v ./cmd/windtunnel
	$(GO) test -run '^$$' -bench Day -benchtime 1x -count $(COUNT) ./runner/sim
	$(GO) test -run '^$$' -bench . -benchtime 1x -count $(COUNT) -timeout 60m -v ./runner/backend/docker

# fuzz gives every fuzz target FUZZTIME.
fuzz:
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "fuzz $$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$package; \
	  done; done

# soak runs the long campaigns: queueing theory in its long form, a hundred
# random kills on both backends, the full-size freezing server, each experiment of
# the catalogue ten times on processes. Two hours and more.
soak: build
	WINDTUNNEL_SOAK=1 $(GO) test -timeout 4h -count 1 -v -run 'Soak' ./...

# twin judges the simulator by the measured system, at other loads than it was
# calibrated at. 40 minutes of a machine with nothing else to do.
twin: build
	cmd/windtunnel/testdata/twin/study.sh

clean:
	rm -rf bin
