"""The sites. Those with the same cause stand together; names say what is different there."""

from __future__ import annotations

import sys

from .site import Shape, Site

LUA = """
function slurm_job_modify(job_desc, job_rec, part_list, modify_uid) return slurm.SUCCESS end
function slurm_job_submit(job_desc, part_list, submit_uid)
  %s
  return slurm.SUCCESS
end
"""
"""A submit plugin, which rewrites or refuses what a user asks for."""


def plugin(body: str) -> Shape:
    return Shape(nodes=1, job_submit=LUA % body)


RENAMES = plugin('job_desc.name = "site-" .. string.sub(job_desc.name or "", 1, 3)')

WHOSE_JOB_IS_IT = [
    Site(
        name="hidden-partition",
        slurm=Shape(nodes=1, debug={"Hidden": "YES"}),
        # Slurm hides nothing from the user that it runs as, who is the one of the tests.
        commands={
            name: f'case "$*" in *-a*) exec "$real" "$@";; {lists}) "$real" "$@" | grep -v debug;;'
            ' *) exec "$real" "$@";; esac'
            for name, lists in (("squeue", "*"), ("sinfo", "*"), ("scontrol", "*show*partition*"))
        },
    ),
    Site(name="renamed-by-a-plugin", slurm=RENAMES),
    Site(
        name="renamed-and-its-controller-killed",
        slurm=RENAMES,
        controller_killed=True,
        own_logs=True,
    ),
    Site(
        name="another-slurm-cluster",
        one_of_two=True,
        options={"slurm_cluster": "wice", "partition": "only"},
    ),
    Site(
        name="exported-for-sbatch",
        slurm=Shape(nodes=1, debug={"State": "DRAIN"}),
        environ={"SBATCH_PARTITION": "long"},
    ),
    Site(
        name="banners-round-the-id-and-an-administrators-limits",
        traits={
            "max_jobs": 2,
            "policy": {
                "partitions": ["debug"],
                "max_cores": 1,
                "max_walltime": "00:10:00",
                "max_idle_timeout": 3600,
                "forbidden": ["job_script_prologue"],
            },
        },
        limits={"max_jobs": 2, "partitions": ["debug"], "max_cores": 1, "max_walltime": 600},
        refused={
            "cores": {"options": {"cores": 2}},
            "partition": {"options": {"partition": "long"}},
            "walltime": {"options": {"walltime": 601}},
            "job_script_prologue": {"options": {"job_script_prologue": ["true"]}},
            # Slurm reads the last of two.
            "job_extra_directives": {"options": {"job_extra_directives": ["-t 60"]}},
            "scaling.jobs": {"scaling": {"jobs": 3}},
            "scaling.adapt.maximum_jobs": {
                "scaling": {"adapt": {"minimum_jobs": 0, "maximum_jobs": 3}}
            },
            "idle_timeout": {"idle_timeout": 3601},
        },
        commands={
            "sbatch": 'echo "Checking project alpha7: 2024 core hours left."\n"$real" "$@" || exit\n'
            'echo "Mail 12345 if you need more."'
        },
    ),
]

ALL_OR_NOTHING = [
    Site(
        name="no-arrays-by-a-plugin",
        slurm=plugin(
            "if job_desc.array_inx ~= nil then "
            'slurm.log_user("job arrays are not available here"); return slurm.ERROR end'
        ),
        most_submissions=8,
    ),
    Site(
        name="arrays-of-one",
        slurm=Shape(
            nodes=1,
            settings={
                "SchedulerParameters": "max_array_tasks=1,sched_interval=1,batch_sched_delay=0"
            },
        ),
    ),
    Site(
        name="one-job-a-user",
        slurm=Shape(
            nodes=1, accounts=True, settings={"AccountingStorageEnforce": "associations,limits,qos"}
        ),
        setup=[
            ["sacctmgr", "-i", "modify", "qos", "normal", "set", "MaxSubmitJobsPerUser=1"],
        ],
        connected=1,
        job_limit="your QOS normal allows 1 submitted job",
        card={"submission_refused": "QOSMaxSubmitJobPerUserLimit"},
        most_submissions=4,
    ),
    Site(
        name="a-full-queue",
        slurm=Shape(nodes=1, settings={"MaxJobCount": "2"}),
        connected=1,
        card={"submission_refused": "sleeping and retrying"},
        most_submissions=4,
    ),
    Site(name="no-arrays", slurm=Shape(nodes=1, settings={"MaxArraySize": "0"})),
]

WHAT_SLURM_GAVE = [
    Site(
        name="memory-raises-the-cpus",
        slurm=Shape(nodes=1, debug={"MaxMemPerCPU": "200", "DefMemPerCPU": "100"}),
        warnings={"memory": "Slurm gives each job 3 cores"},
        cpus=3,
    ),
    Site(
        name="whole-nodes",
        slurm=Shape(nodes=2, debug={"OverSubscribe": "EXCLUSIVE"}),
        warnings={"cores": "debug gives whole nodes"},
        cpus=16,
    ),
    Site(
        name="linear",
        slurm=Shape(
            nodes=2, settings={"SelectType": "select/linear", "SelectTypeParameters": "CR_Memory"}
        ),
        cpus=16,
    ),
    Site(
        name="walltime-by-a-plugin",
        slurm=plugin("job_desc.time_limit = 30"),
        card={"jobs_changed": "Slurm's time limit is 00:30:00, more than the 00:10:00 asked for"},
    ),
    Site(
        name="partition-by-a-plugin",
        slurm=plugin('job_desc.partition = "long"'),
        options={"partition": "debug"},
        card={"jobs_changed": "In partition long, not in debug"},
    ),
]

ADDRESSES = [
    Site(
        name="loopback-and-nodes-elsewhere",
        commands={"sinfo": 'case "$*" in *"-o %o"*) echo 10.255.0.1;; *) exec "$real" "$@";; esac'},
        card={"scheduler_loopback": "which only this host reaches"},
    ),
]

PARTITIONS = [
    Site(
        name="no-default",
        slurm=Shape(nodes=1, debug={"Default": "NO"}),
        options={"partition": "debug"},
    ),
    Site(
        name="names-of-every-kind",
        slurm=Shape(nodes=1, lines=["PartitionName=gpu.v100-1+2_x Nodes=n1 MaxTime=1-0 State=UP"]),
        options={"partition": "gpu.v100-1+2_x"},
    ),
    Site(
        name="a-partition-one-may-not-use",
        slurm=Shape(
            nodes=1,
            settings={"EnforcePartLimits": "ALL"},
            lines=["PartitionName=courses Nodes=n1 ReqResv=YES State=UP"],
        ),
        options={"partition": "auto"},
    ),
    Site(
        name="nodes-are-private",
        commands={"sinfo": 'echo "sinfo: error: Access/permission denied" >&2; exit 1'},
        unseen={"nodes": "does not show"},
    ),
    Site(
        name="slower-than-a-form-waits",
        commands=dict.fromkeys(("sinfo", "scontrol", "squeue"), 'sleep 3; exec "$real" "$@"'),
        unseen={"batch_system_slow": "still waiting for its partitions"},
    ),
    Site(
        name="no-memory-known",
        slurm=Shape(
            nodes=1,
            settings={"SelectTypeParameters": "CR_Core", "DefMemPerCPU": ""},
            node={"RealMemory": ""},
        ),
        script_lacks="#SBATCH --mem",
        warnings={"memory": "does not know the memory of its nodes"},
    ),
    Site(
        name="too-long-for-the-partition",
        slurm=Shape(nodes=1, debug={"MaxTime": "00:05:00"}, settings={"EnforcePartLimits": "ALL"}),
        problems={"walltime": "debug allows 5 min"},
    ),
    Site(
        name="too-long-and-it-waits",
        slurm=Shape(nodes=1, debug={"MaxTime": "00:05:00"}),
        warnings={"walltime": "debug allows 5 min"},
        connected=0,
        card={"never_starts": "more walltime than the partition allows"},
    ),
]

DASK_CONFIG = f"""
jobqueue:
  slurm:
    walltime: 24:00:00
    python: srun {sys.executable}
    job-extra-directives: ["#SBATCH --nice=10"]
    job-script-epilogue: [date]
    scheduler-options: {{port: "8786:8800"}}
    shebang: 7
    colour: red
"""

AS_IT_IS = [
    Site(
        name="yaml-as-it-is",
        slurm=Shape(nodes=1, debug={"MaxTime": "1-00:00:00"}),
        dask_config=DASK_CONFIG,
        options={"walltime": None},
        warnings={
            "job_extra_directives": "#SBATCH of '#SBATCH --nice=10' is left out",
            "scheduler_interface": "scheduler-options.port cannot be used",
            "job_script_prologue": "jobqueue.slurm.shebang cannot be used",
            "configuration": "jobqueue.slurm.colour cannot be used",
        },
    ),
    # What Slurm 23.02 to 26.05 print differently; tests/batch/slurm/test_newer_slurm.py names the sources.
    Site(
        name="newer-slurm",
        commands={
            "sbatch": 'case "$*" in *--test-only*) "$real" "$@" 2>&1 | sed "s/ using / a using /" >&2;;'
            ' *) exec "$real" "$@";; esac',
            "squeue": '"$real" "$@" | sed "s/RUNNING/RUNNING,POWER_UP_NODE/"',
            "scontrol": 'case "$*" in *show*partition*) "$real" "$@"'
            ' | sed "s/ Hidden=/ ExclusiveTopo=NO Topology=tree KeyOf2030=A=B Hidden=/";;'
            ' *) exec "$real" "$@";; esac',
        },
    ),
]

SITES = [
    Site(name="plain"),
    *AS_IT_IS,
    *WHOSE_JOB_IS_IT,
    *ALL_OR_NOTHING,
    *WHAT_SLURM_GAVE,
    *ADDRESSES,
    *PARTITIONS,
]
