/** Logs the window in without the password: whoever uses this computer could read the configuration anyway. */
import { session } from 'electron'
import type { Service } from '../../app/service.ts'

export interface WindowLogin {
  /** Part of the URLs that the window loads; it must not get anywhere else. */
  readonly token: string
  /** Whether the window's cookie gives access to the service at a base URL. */
  isLoggedIn(base: string): Promise<boolean>
}

export function windowLogin(service: Service): WindowLogin {
  const { auth, cookieName: name } = service
  return {
    token: service.windowToken,
    isLoggedIn: async (url) => {
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
