import { testDocument } from './support/document'

testDocument('README.md')
