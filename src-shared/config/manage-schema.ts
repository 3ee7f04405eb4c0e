/** The shape of `backends[].manage`: the container of this computer that is started and stopped. Browser-safe. */
import * as z from 'zod'
import { MAX_CONTAINER_CHARS, MAX_SOCKET_CHARS, MAX_STOP_AFTER_MINUTES } from '../limits.ts'
import { notText, wholeNumber } from './common-schema.ts'

/**
 * What Docker and Podman take for the name of a container. The name becomes a part of the path of a request to the
 * engine: without a slash, and without a dot at its beginning, it can name nothing but a container.
 */
const CONTAINER = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/
/** A Unix socket by its whole path, or a pipe of this Windows computer. Two slashes could be another computer's. */
const SOCKET = /^(?:\/(?![\\/])|\\\\\.\\pipe\\)[^\0]+$/

/** Why a text cannot be the name of a container, as the end of a sentence; undefined where it can. */
export function containerProblem(text: string): string | undefined {
  if (text.length > MAX_CONTAINER_CHARS) return `is longer than ${MAX_CONTAINER_CHARS} characters`
  return CONTAINER.test(text) ? undefined : 'must be the name of a container, like immich_machine_learning'
}

function socketProblem(text: string): string | undefined {
  if (text.length > MAX_SOCKET_CHARS) return `is longer than ${MAX_SOCKET_CHARS} characters`
  return SOCKET.test(text)
    ? undefined
    : String.raw`must be the whole path of a socket, like /run/docker.sock or \\.\pipe\docker_engine`
}

function checked(problemOf: (text: string) => string | undefined): z.ZodType<string> {
  return z
    .string({ error: notText })
    .trim()
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
}

export const manageSchema = z.looseObject(
  {
    container: checked(containerProblem),
    /** The engine's socket; the known ones are tried where it is absent. Set in the file by hand alone. */
    socket: checked(socketProblem).optional(),
    /** How long without a prediction until it is stopped; 10 where it is absent. */
    stopAfterMinutes: wholeNumber(1, MAX_STOP_AFTER_MINUTES, ' (minutes)').optional(),
  },
  { error: 'must be an object with the name of a container' },
)

export type ManageConfig = z.infer<typeof manageSchema>
