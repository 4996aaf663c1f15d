/** Folds kustomization files into the objects that `kubectl kustomize` prints, as far as the manifests use them. */
import { posix } from 'node:path';
import { type KubernetesObject, readYaml } from './deploy-files.js';
import { readProjectFile } from './markdown.js';

interface Kustomization {
  readonly resources: readonly string[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly {
    readonly name: string;
    readonly files: readonly string[];
    readonly options: { readonly labels: object };
  }[];
}

/**
 * Returns the objects of a folder and of those it includes. Generated ConfigMaps keep their names: kustomize appends a
 * hash of the content.
 * @param folder relative to the root of the project
 */
export function foldKustomization(folder: string): KubernetesObject[] {
  const { resources, images = [], configMapGenerator = [] } = readYaml(`${folder}/kustomization.yaml`) as Kustomization;
  const objects = resources.flatMap((name) => {
    const path = posix.join(folder, name);
    return name.endsWith('.yaml') ? [readYaml(path) as KubernetesObject] : foldKustomization(path);
  });
  const generated = configMapGenerator.map(({ name, files, options }) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: options.labels },
    data: Object.fromEntries(files.map((file) => [file, readProjectFile(`${folder}/${file}`)])),
  }));
  const replaceImage = (key: string, value: unknown): unknown => {
    const image = key === 'image' ? images.find(({ name }) => name === value) : undefined;
    return image ? `${image.newName}:${image.newTag}` : value;
  };
  return JSON.parse(JSON.stringify([...objects, ...generated]), replaceImage) as KubernetesObject[];
}
