import { config } from './src/config'
import { knexConfig } from './src/framework/database'

export default knexConfig(config)
