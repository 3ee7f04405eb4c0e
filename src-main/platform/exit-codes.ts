/** The exit codes of the process, by which a shell, systemd or a container tells how it ended. 0 where it was stopped. */

/** The service cannot start, as with a port that is taken. */
export const EXIT_CANNOT_START = 1
/** An error that nothing caught. Not 0, so that systemd or a container starts the process again. */
export const EXIT_CRASHED = 1
/** After `--resume-queues`: a queue of Immich may still be paused. */
export const EXIT_STILL_PAUSED = 1
/** The command line cannot be used. */
export const EXIT_USAGE = 2
