#!/usr/bin/env bash

#SBATCH -p normal
#SBATCH -A physics
#SBATCH -n 1
#SBATCH --cpus-per-task=24
#SBATCH --mem=90G
#SBATCH -t 02:00:00
#SBATCH -J weather-3f9a12bc-1
#SBATCH --array=0-1
#SBATCH -o /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/jobs/%A_%a.log

/opt/jupyter/bin/python3 -m distributed.cli.dask_worker \
    tls://10.0.0.5:43609 \
    --name ${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+_$SLURM_ARRAY_TASK_ID}.${SLURM_RESTART_COUNT:-0} \
    --nthreads 6 \
    --memory-limit 22.32GiB \
    --nworkers 4 \
    --nanny \
    --death-timeout 60 \
    --local-directory $TMPDIR \
    --lifetime 6900s \
    --lifetime-stagger 150s \
    --preload /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/worker_preload.py \
    --preload /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/private_ports.py \
    --no-dashboard \
    --interface ib0 \
    --protocol tls \
    --tls-ca-file /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/cert.pem \
    --tls-cert /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/cert.pem \
    --tls-key /home/alice/.local/share/jupyter/dask-slurm/3f9a12bc/key.pem
