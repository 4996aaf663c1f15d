/** What the service says of itself. */
import { Module } from '@nestjs/common';
import { DocsController } from './api-docs.controller.js';
import { Documents } from './documents.js';

@Module({ controllers: [DocsController], providers: [Documents] })
export class DocsModule {}
