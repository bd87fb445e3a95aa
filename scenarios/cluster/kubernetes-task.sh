#!/bin/sh
# One task of an indexed Kubernetes job: kubernetes-task.sh STUDY.toml DIR
set -eu
study=$1
out=$2
part="$out/part-$JOB_COMPLETION_INDEX"

# A pod that was replaced resumes: finished runs are not repeated.
if [ -e "$part/study.json" ]; then
    exec gridflock study resume "$part" --threads "${THREADS:-2}"
fi
mkdir -p "$out"
# The shard comes from JOB_COMPLETION_INDEX and JOB_COMPLETIONS.
exec gridflock study run "$study" -o "$part" --threads "${THREADS:-2}"
