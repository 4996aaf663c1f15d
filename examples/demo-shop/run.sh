#!/bin/sh
# Simulates the demo shop against a running service. Takes the options of `tallyboard demo`.
exec node "$(dirname "$0")/../../dist/cli/tallyboard.js" demo "$@"
