import { Application, discoverFeatures } from './application'
import type { Config } from './config'
import { mount } from './server/middleware'

/**
 * Joins the parts: the features of a folder, the application that holds them, and the middleware
 * that serves their routes. Does no I/O beyond loading the features' files.
 *
 * @param features absolute path of the folder with one feature in each of its folders
 * @param module the file whose `createApp(settings)` calls this: what isolated tasks are run from
 * @throws FeatureError when a feature does not load or two claim one name
 */
export function createApplication(config: Config, features: string, module: string): Application {
  const app = new Application(config, discoverFeatures(features), module)
  mount(app)
  return app
}
