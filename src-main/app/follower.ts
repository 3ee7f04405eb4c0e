/** What a copy beside others (`--follower`) leaves to the one that is none. Pure. */
import type { Config } from '../../src-shared/config/schema.ts'

/**
 * The configuration that a follower works by: the same backends and routes, without the settings whose work must happen
 * once for all copies. Those are waking a computer, starting and stopping its container, pausing by rules, and guarding
 * Immich's queues. Two copies that paused one queue, say, would each resume what the other had paused. Nothing
 * else asks whether a copy is a follower: without `wake`, say, POST /api/backends/{name}/wake answers 409 and sends
 * nothing. What the API shows and saves is the whole configuration.
 */
export function asFollower({ immich: _immich, ...config }: Config): Config {
  return {
    ...config,
    backends: config.backends.map(({ wake: _wake, manage: _manage, yield: _yield, ...backend }) => backend),
  }
}
