"""Making and using clusters, the same for server, command line and notebook. Only these import it;
it imports the job script's client, the site's rules, the cluster files and the model.
"""
