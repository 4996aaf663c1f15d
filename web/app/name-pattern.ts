/** Names of dashboards and counters that the service accepts (`NAME_PATTERN` of its counters). */
export const NAME_PATTERN = /^[a-z][a-z0-9_-]{0,63}$/;
