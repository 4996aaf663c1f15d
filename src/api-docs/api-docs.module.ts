/** What the service says of itself. */
import { Module } from '@nestjs/common';
import { DocsController } from './api-docs.controller.js';
import { ApiDocuments } from './api-documents.js';

@Module({ controllers: [DocsController], providers: [ApiDocuments] })
export class ApiDocsModule {}
