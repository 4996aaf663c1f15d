/** The built page and its files. */
import { Module } from '@nestjs/common';
import { PageController } from './web-assets.controller.js';
import { AssetFiles } from './asset-files.js';

@Module({ controllers: [PageController], providers: [AssetFiles] })
export class WebAssetsModule {}
