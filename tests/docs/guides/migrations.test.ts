import { testDocument } from '../../support/document'

testDocument('docs/guides/migrations.md')
