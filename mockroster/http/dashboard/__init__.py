"""The pages for people: the dashboard at ``/ui`` and the API explorer at ``/docs``.

The pages are HTML from templates; small modules of JavaScript, without a build step, do what needs the browser. They
read and write through the switchboard. Nothing comes from another host, and their requests are not journalled.
"""
