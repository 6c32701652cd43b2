import { testDocument } from '../../support/document'

testDocument('docs/guides/jobs.md')
