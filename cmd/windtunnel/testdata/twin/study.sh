#!/usr/bin/env bash
# The twin study: calibrates the simulator at one load and judges it at others,
# ten live repetitions against ten simulated ones each. It takes 40 minutes of a
# machine that has nothing else to do; what it finds stands in runs/twin/*.txt,
# and what a step told on its way in a .log beside it. An earlier study is removed.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
tunnel=bin/windtunnel files=cmd/windtunnel/testdata/twin out=runs/twin
rm -rf "$out"
mkdir -p "$out"

# telling LOG COMMAND…: the command, with its stderr in a file, whose end is shown
# where it does not pass.
telling() {
  local log=$1 code=0; shift
  "$@" 2>>"$log" || code=$?
  if ((code != 0)); then
    tail -n 20 "$log" >&2
    echo "exit code $code: $*" >&2
  fi
  return "$code"
}

# calibrate NAME SCENARIO…: three runs at the scenario's own load.
calibrate() {
  local name=$1; shift
  telling "$out/calibrate-$name.log" "$tunnel" run "$@" --runs 3 --seed 100 --out "$out/calibrate-$name" >/dev/null
  telling "$out/calibrate-$name.log" "$tunnel" calibrate "$out/calibrate-$name"/2*/ -o "$out/$name.json"
}

# judge TITLE CALIBRATION SCENARIO…: ten repetitions on both engines. One that is
# inconclusive (3) says so in its report, and the study goes on.
judge() {
  local title=$1 calibration=$2; shift 2
  echo "== $title"
  telling "$out/$title.log" "$tunnel" twin "$@" --runs 10 --calibration "$out/$calibration.json" --out "$out/$title" |
    tee "$out/$title.txt" || (($? == 3))
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
