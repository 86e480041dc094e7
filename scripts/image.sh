#!/bin/sh
# make image: build the image IMAGE with whichever of docker, podman and buildah works here.
# Reads IMAGE, BASE and TORCH_INDEX, and IMAGE_OPTIONS: further options for the builder, such as --volume.
set -eu
if docker info >/dev/null 2>&1; then set -- docker build
elif command -v podman >/dev/null 2>&1; then set -- podman build --format docker
elif command -v buildah >/dev/null 2>&1; then set -- buildah build --format docker --layers
else
    echo "No docker, podman or buildah works here: type  sudo apt-get install podman" >&2
    exit 1
fi
set -- "$@" --tag "${IMAGE:-byline}"
[ -z "${BASE:-}" ] || set -- "$@" --build-arg "BASE=$BASE"
[ -z "${TORCH_INDEX:-}" ] || set -- "$@" --build-arg "TORCH_INDEX=$TORCH_INDEX"
echo "Building the image ${IMAGE:-byline} with $1."
# shellcheck disable=SC2086 # options are words
exec "$@" ${IMAGE_OPTIONS:-} .
