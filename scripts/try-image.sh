#!/usr/bin/env bash
# Runs an image as docker-compose.yml does, waits until its health check is content, and stops it: `try-image.sh IMAGE`.
# Says how much the image adds to its base, and fails where that is more than 40 MB.
set -euo pipefail
cd "$(dirname "$0")/.."
image=$1
name=immich-ml-proxy-try
max_added=40000000

size() { docker image inspect --format '{{.Size}}' "$1"; }
base=$(sed -n 's/^ARG BASE=//p' Dockerfile)
docker image inspect "$base" > /dev/null 2>&1 || docker pull --quiet "$base"
added=$(($(size "$image") - $(size "$base")))
echo "the image adds $((added / 1000000)) MB to its base"
[ "$added" -le "$max_added" ]

trap 'docker rm --force "$name" > /dev/null' EXIT
docker run --detach --name "$name" --read-only --cap-drop ALL --security-opt no-new-privileges --volume /data \
  --env IMP_BACKENDS=gpu=http://127.0.0.1:3003 --health-interval 1s "$image" > /dev/null
state=starting
for _ in $(seq 60); do
  state=$(docker inspect --format '{{.State.Health.Status}}' "$name")
  [ "$state" = healthy ] && break
  sleep 1
done
docker logs "$name"
[ "$state" = healthy ]
docker stats --no-stream --format 'memory {{.MemUsage}}' "$name"

docker stop --time 15 "$name" > /dev/null
code=$(docker inspect --format '{{.State.ExitCode}}' "$name")
echo "stopped with exit code $code"
[ "$code" = 0 ]
