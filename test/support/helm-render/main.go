// Renders a Helm chart as `helm template` does, for machines without Helm: Go's templates, sprig, and Helm's own
// functions. Reads a JSON array of contexts ({"Values", "Release", "Chart", "Cluster"}) from stdin, and prints an array with the
// rendered text of each file by its path, or with {"error": ...}. Run with GO111MODULE=off on Debian's packages of sprig
// and ghodss/yaml: `go run main.go CHART`.
package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"github.com/ghodss/yaml"
)

// Objects that `lookup` finds: the field "Cluster" of the context.
var cluster []map[string]interface{}

// Files of the chart, by path: `.Files.Get "files/name"`.
type chartFiles map[string]string

func (files chartFiles) Get(name string) string { return files[name] }

func readFiles(chart string) (chartFiles, error) {
	files := chartFiles{}
	err := filepath.WalkDir(chart, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(chart, path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	return files, err
}

func parse(files chartFiles) (*template.Template, error) {
	root := template.New("chart").Option("missingkey=zero")
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	funcs["include"] = func(name string, data interface{}) (string, error) {
		var text strings.Builder
		err := root.ExecuteTemplate(&text, name, data)
		return text.String(), err
	}
	funcs["toYaml"] = func(value interface{}) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	funcs["required"] = func(message string, value interface{}) (interface{}, error) {
		if value == nil || value == "" {
			return value, errors.New(message)
		}
		return value, nil
	}
	funcs["lookup"] = func(version, kind, namespace, name string) map[string]interface{} {
		for _, object := range cluster {
			metadata, _ := object["metadata"].(map[string]interface{})
			if object["kind"] == kind && metadata["name"] == name {
				return object
			}
		}
		return map[string]interface{}{}
	}
	root.Funcs(funcs)
	for name, text := range files {
		if strings.HasPrefix(name, "templates/") {
			if _, err := root.New(name).Parse(text); err != nil {
				return nil, err
			}
		}
	}
	return root, nil
}

func render(root *template.Template, context map[string]interface{}) map[string]string {
	rendered := map[string]string{}
	for _, file := range root.Templates() {
		name := file.Name()
		if !strings.HasPrefix(name, "templates/") || strings.HasSuffix(name, ".tpl") {
			continue
		}
		var text strings.Builder
		if err := root.ExecuteTemplate(&text, name, context); err != nil {
			return map[string]string{"error": err.Error()}
		}
		// Helm does this too: a value that is missing becomes nothing.
		rendered[name] = strings.ReplaceAll(text.String(), "<no value>", "")
	}
	return rendered
}

func main() {
	var contexts []struct {
		Cluster                []map[string]interface{}
		Values, Release, Chart map[string]interface{}
	}
	files, err := readFiles(os.Args[1])
	if err == nil {
		err = json.NewDecoder(os.Stdin).Decode(&contexts)
	}
	root, parseErr := parse(files)
	if err == nil {
		err = parseErr
	}
	if err != nil {
		panic(err)
	}
	results := []map[string]string{}
	for _, each := range contexts {
		cluster = each.Cluster
		results = append(results, render(root, map[string]interface{}{
			"Values": each.Values, "Release": each.Release, "Chart": each.Chart, "Files": files,
		}))
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		panic(err)
	}
}
