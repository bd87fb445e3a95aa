#!/bin/sh
# The tasks of a cluster as plain shell, one after the other: local.sh slurm|kubernetes STUDY.toml DIR [TASKS]
set -eu
kind=$1
study=$2
out=$3
tasks=${4:-3}
here=$(dirname "$0")

task=0
while [ "$task" -lt "$tasks" ]; do
    case $kind in
    slurm)
        SLURM_ARRAY_TASK_ID=$task SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=$((tasks - 1)) SLURM_ARRAY_TASK_COUNT=$tasks \
            SLURM_CPUS_PER_TASK=1 sh "$here/slurm.sh" "$study" "$out"
        ;;
    kubernetes)
        JOB_COMPLETION_INDEX=$task JOB_COMPLETIONS=$tasks THREADS=1 sh "$here/kubernetes-task.sh" "$study" "$out"
        ;;
    *)
        echo "first argument: slurm or kubernetes" >&2
        exit 2
        ;;
    esac
    task=$((task + 1))
done
exec sh "$here/slurm-merge.sh" "$out"
