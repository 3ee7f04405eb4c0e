/** The way of the app's own window past the password: whoever sits at the computer needs none. */
import { session } from 'electron'
import type { Service } from '../../app/service.ts'

export interface WindowEntry {
  /** Stands in the address that the window loads, and nowhere else. */
  readonly token: string
  /** Whether the window is let in at an address of the service with the cookie it has. */
  isIn(base: string): Promise<boolean>
}

export function windowEntry(service: Service): WindowEntry {
  const { auth, cookieName: name } = service
  return {
    token: service.windowToken,
    isIn: async (url) => {
      const [cookie] = await session.defaultSession.cookies.get({ url, name })
      const grant = await auth.authenticate({
        tokens: cookie === undefined ? [] : [cookie.value],
        basic: undefined,
        client: { address: 'window' },
      })
      return grant !== undefined
    },
  }
}
