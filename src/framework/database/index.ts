export { checkDatabase } from './check'
export { countedColumn, primaryKeys } from './columns'
export { closeDatabase, databases, knexConfig, openDatabase } from './connection'
export {
  type Columns,
  type IndexOptions,
  type Row,
  type TableClass,
  type TableOptions,
  table,
} from './table'
