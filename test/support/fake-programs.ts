/** Programs of a test's own that stand before the system's, as scripts of `sh`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { commandRunner } from '../../src-main/courtesy/probes/command.ts'
import type { Machine } from '../../src-main/courtesy/probes/machine.ts'

/** A computer of one folder: its own PATH, home and, for Windows, system folder. */
export class FakeMachine implements Machine {
  readonly platform: NodeJS.Platform
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly #folder: string
  readonly #bin: string

  constructor(folder: string, platform: NodeJS.Platform) {
    this.platform = platform
    this.#folder = folder
    this.home = path.join(folder, 'home')
    this.#bin = path.join(folder, platform === 'win32' ? 'windows/System32' : 'bin')
    mkdirSync(this.home, { recursive: true })
    mkdirSync(this.#bin, { recursive: true })
    writeFileSync(this.#log, '')
    this.env = {
      PATH: this.#bin,
      SystemRoot: path.join(folder, 'windows'),
      XDG_RUNTIME_DIR: path.join(folder, 'runtime'),
    }
  }

  get run(): Machine['run'] {
    return commandRunner(this.env)
  }

  /** Puts a program there. @param body of a shell script; its standard tools are those of the system */
  program(name: string, body: string): void {
    const script = `#!/bin/sh\necho "$(/usr/bin/basename "$0") $*" >> '${this.#log}'\n${body}\n`
    writeFileSync(path.join(this.#bin, name), script, { mode: 0o755 })
  }

  /** Puts a file into the home folder. */
  file(name: string, text: string): void {
    const file = path.join(this.home, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, text)
  }

  /** The calls of its programs, as "reg.exe query HKCU…". */
  get calls(): string[] {
    return readFileSync(this.#log, 'utf8').split('\n').slice(0, -1)
  }

  get #log(): string {
    return path.join(this.#folder, 'calls.log')
  }
}

/** Steam's registry.vdf with a running game. */
export function registryVdf(appId: number): string {
  return `"Registry"
{
	"HKCU"
	{
		"Software"
		{
			"Valve"
			{
				"Steam"
				{
					"language"		"english"
					"RunningAppID"		"${appId}"
				}
			}
		}
	}
}
`
}
