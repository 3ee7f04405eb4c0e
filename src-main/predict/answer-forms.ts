/** Remembers how each backend writes its vectors, and warns where backends differ: Immich cannot use both forms. */
import { EventEmitter } from 'node:events'
import type { Backend, BackendRegistry } from '../backends/backend.ts'
import type { Logger } from '../platform/log.ts'
import type { AnswerForm } from './answer-content.ts'

interface AnswerFormsEvents {
  /** {@link AnswerForms.warnings} may have changed. */
  change: []
}

/** Owns the forms of the answers of the backends in force. */
export class AnswerForms extends EventEmitter<AnswerFormsEvents> {
  readonly #registry: BackendRegistry
  readonly #log: Logger
  readonly #forms = new WeakMap<Backend, AnswerForm>()
  /** Warnings that were logged. Each is logged once, also where a load balancer answers in alternating forms. */
  readonly #logged = new Set<string>()

  constructor(options: { readonly registry: BackendRegistry; readonly log: Logger }) {
    super()
    this.#registry = options.registry
    this.#log = options.log
  }

  /** Takes in the form of an answer; undefined where it had no vectors. */
  note(backend: Backend, form: AnswerForm | undefined): void {
    if (form === undefined || this.#forms.get(backend) === form) return
    this.#forms.set(backend, form)
    for (const warning of this.warnings()) {
      if (!this.#logged.has(warning)) this.#log.warn(warning)
      this.#logged.add(warning)
    }
    this.emit('change')
  }

  /** One sentence for each backend that answers in the older form while another one does not. */
  warnings(): string[] {
    const backends = [...this.#registry.current.backends]
    const newer = backends.find((backend) => this.#forms.get(backend) === 'text')
    if (newer === undefined) return []
    return backends
      .filter((backend) => this.#forms.get(backend) === 'list')
      .map(({ name }) => `${name} answers in an older form than ${newer.name}; same version of Immich?`)
  }
}
