#!/bin/sh
# Joins the parts of a study: sbatch --dependency=afterok:JOB slurm-merge.sh DIR
#SBATCH --job-name=gridflock-merge
#SBATCH --time=00:10:00
set -eu
out=$1
exec gridflock study merge "$out"/part-* -o "$out/study"
