"""From options to a job script, in a process of its own: ``python -m jupyter_dask_slurm.job_script``.

The only place that imports dask-jobqueue, which takes most of a second; a script then takes
milliseconds. `jupyter_dask_slurm.job_script.client` speaks to that process: one JSON request a line on its
standard input, one JSON answer a line on its standard output, until end of file::

    {"op": "render", "options": {…}, "scaling": {"jobs": 2}, "name": "blue-otter"}
    {"op": "defaults"}        what dask's configuration gives, as options
    {"op": "profiles"}        its profiles, and what is wrong with others

An answer is ``{"ok": …}`` or ``{"error": {"reason", "message", "problems"}}``, and carries the
request's ``n`` if it had one. There is no cluster yet when a script is rendered: its lines are a
preview with placeholders, and its ``template`` is what the controller fills in.
"""
