/** The documentation that the service serves of itself. */
import { Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { DocsController } from './api-docs.controller.js';
import { ApiDocuments } from './api-documents.js';

@Module({ imports: [DiscoveryModule], controllers: [DocsController], providers: [ApiDocuments] })
export class ApiDocsModule {}
