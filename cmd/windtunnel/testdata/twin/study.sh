#!/usr/bin/env bash
# The twin study: calibrates the simulator at one load and judges it at others,
# ten live repetitions against ten simulated ones each. It takes 40 minutes of a
# machine that has nothing else to do; what it finds stands in runs/twin/*.txt.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
tunnel=bin/windtunnel files=cmd/windtunnel/testdata/twin out=runs/twin
mkdir -p "$out"

# calibrate NAME SCENARIO…: three runs at the scenario's own load.
calibrate() {
  local name=$1; shift
  "$tunnel" run "$@" --runs 3 --seed 100 --out "$out/calibrate-$name" >/dev/null
  "$tunnel" calibrate "$out/calibrate-$name"/2*/ -o "$out/$name.json"
}

# judge TITLE CALIBRATION SCENARIO…: ten repetitions on both engines.
judge() {
  local title=$1 calibration=$2; shift 2
  echo "== $title"
  "$tunnel" twin "$@" --runs 10 --calibration "$out/$calibration.json" --out "$out/$title" 2>/dev/null | tee "$out/$title.txt"
}

calibrate waiting "$files/waiting.yaml"
calibrate computing "$files/computing.yaml"
calibrate shop steady -t shop-microservices
for rate in 240 320 380; do # 60, 80 and 95 % of the knee
  judge "waiting-$rate" waiting "$files/waiting.yaml" --param "rate=$rate/s"
done
for rate in 134 178 212; do
  judge "computing-$rate" computing "$files/computing.yaml" --param "rate=$rate/s"
done
judge spike shop spike -t shop-microservices
judge outage shop payments-outage -t shop-microservices
