#!/bin/sh
# A study as a Slurm array: sbatch slurm.sh STUDY.toml DIR; then sbatch --dependency=afterok:JOB slurm-merge.sh DIR
#SBATCH --job-name=gridflock-study
#SBATCH --array=0-3
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=01:00:00
#SBATCH --requeue
set -eu
study=$1
out=$2
part="$out/part-$SLURM_ARRAY_TASK_ID"

# A task that was requeued resumes: finished runs are not repeated.
if [ -e "$part/study.json" ]; then
    exec gridflock study resume "$part" --threads "${SLURM_CPUS_PER_TASK:-1}"
fi
mkdir -p "$out"
# The shard comes from SLURM_ARRAY_TASK_ID, _MIN and _COUNT.
exec gridflock study run "$study" -o "$part" --threads "${SLURM_CPUS_PER_TASK:-1}"
