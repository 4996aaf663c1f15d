/** The live page, as it was built. */
import { Module } from '@nestjs/common';
import { PageController } from './web-assets.controller.js';
import { PageFiles } from './asset-files.js';

@Module({ controllers: [PageController], providers: [PageFiles] })
export class SiteModule {}
