"""The sites. Those with the same cause stand together; names say what is different there."""

from __future__ import annotations

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
    Site(name="renamed-and-its-controller-killed", slurm=RENAMES, controller_killed=True),
    Site(
        name="banners-round-the-id",
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
    Site(name="no-arrays", slurm=Shape(nodes=1, settings={"MaxArraySize": "0"})),
]

WHAT_SLURM_GAVE = [
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
        slurm=Shape(nodes=1, debug={"MaxTime": "00:05:00"}),
        problems={"walltime": "debug allows 5 min"},
    ),
]

SITES = [
    Site(name="plain"),
    *WHOSE_JOB_IS_IT,
    *ALL_OR_NOTHING,
    *WHAT_SLURM_GAVE,
    *ADDRESSES,
    *PARTITIONS,
]
