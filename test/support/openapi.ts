/** Checks answers against `docs/openapi.yaml`. */
import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { parse } from 'yaml'

interface Media {
  schema?: object
}

interface ResponseObject {
  $ref?: string
  content?: Record<string, Media>
}

interface Document {
  paths: Record<string, Record<string, { operationId?: string; responses?: Record<string, ResponseObject> }>>
  components: { responses: Record<string, ResponseObject>; schemas: Record<string, object> }
}

const METHODS = ['get', 'post', 'put', 'delete', 'patch']

export class ApiDescription {
  readonly document: Document
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true })
  /** The operations that were called, as `get /ping`. */
  readonly called = new Set<string>()

  constructor() {
    this.document = parse(
      readFileSync(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'),
    ) as Document
    // ajv-formats is CommonJS: its function is the default of the default.
    const add = (addFormats as unknown as { default?: typeof addFormats }).default ?? addFormats
    ;(add as unknown as (ajv: Ajv2020) => void)(this.#ajv)
    this.#ajv.addSchema(this.document, 'openapi.yaml')
  }

  get operations(): string[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((key) => METHODS.includes(key))
        .map((method) => `${method} ${path}`),
    )
  }

  /**
   * Checks the status, the content type and the body of an answer.
   * @throws {Error} that names what the description does not say
   */
  async check(method: string, url: string, response: Response): Promise<void> {
    const operation = this.#find(method.toLowerCase(), new URL(url).pathname)
    const described = this.#resolve(operation.responses[String(response.status)])
    if (described === undefined) throw new Error(`${operation.name} does not describe ${response.status}`)
    const type = (response.headers.get('content-type') ?? '').split(';')[0] ?? ''
    // Bytes of any type have no shape to be held to.
    if (described.content?.['*/*'] !== undefined) return
    const media = described.content?.[type]
    if (media === undefined) throw new Error(`${operation.name} ${response.status} does not describe ${type}`)
    if (type !== 'application/json' || media.schema === undefined) return
    const validate = this.#ajv.compile(this.#absolute(media.schema))
    const body: unknown = await response.clone().json()
    if (!validate(body)) {
      throw new Error(`${operation.name} ${response.status}: ${this.#ajv.errorsText(validate.errors)}`)
    }
  }

  #find(method: string, path: string): { name: string; responses: Record<string, ResponseObject> } {
    // A path without a parameter goes before one that has some.
    const paths = Object.keys(this.document.paths).sort((a, b) => a.split('{').length - b.split('{').length)
    const template = paths.find((one) => new RegExp(`^${one.replace(/\{\w+\}/g, '[^/]+')}$`).test(path))
    const operation = template === undefined ? undefined : this.document.paths[template]?.[method]
    if (template === undefined || operation === undefined)
      throw new Error(`${method} ${path} is not described`)
    const name = `${method} ${template}`
    this.called.add(name)
    return { name, responses: operation.responses ?? {} }
  }

  #resolve(response: ResponseObject | undefined): ResponseObject | undefined {
    const name = response?.$ref?.split('/').at(-1)
    return name === undefined ? response : this.document.components.responses[name]
  }

  /** References within the document, seen from outside it. */
  #absolute(schema: object): object {
    return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi.yaml#/')) as object
  }
}
