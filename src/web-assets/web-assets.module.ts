/** The live page, as it was built. */
import { Module } from '@nestjs/common';
import { PageController } from './web-assets.controller.js';
import { AssetFiles } from './asset-files.js';

@Module({ controllers: [PageController], providers: [AssetFiles] })
export class WebAssetsModule {}
