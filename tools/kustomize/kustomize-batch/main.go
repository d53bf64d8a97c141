// Command kustomize-batch builds many directories in one process.
//
// A start of kustomize takes longer than what it builds. This is the command `kustomize build`, of
// the version that go.mod pins, asked again and again: every line of standard input is a
// directory, every answer the number of bytes that were built, as a line, and those bytes. The
// answer is -1 where the directory does not build, which only the real kustomize is to explain. The
// answer to an empty line is the version of kustomize. The schemas of Kubernetes, which only
// strategic merge patches need, are parsed by the first build with one, and once.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"go.yaml.in/yaml/v2"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resource"
	"sigs.k8s.io/kustomize/kustomize/v5/commands/build"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/openapi"
)

// A longer key kustomize may not be able to read again.
const longestKey = 100

const module = "sigs.k8s.io/kustomize/kustomize/v5"

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers until there are no more questions.
func serve(questions io.Reader, answers io.Writer) error {
	initial := openapi.GetSchemaVersion()
	lines := bufio.NewScanner(questions)
	for lines.Scan() {
		var output bytes.Buffer
		if directory := lines.Text(); directory == "" {
			output.WriteString(version())
		} else if err := run(directory, &output); err != nil {
			output.Reset()
		}
		// The schema is the only thing that one build leaves behind for the next one. What would
		// be built by another than that of the program is built by nobody here.
		if openapi.GetSchemaVersion() != initial {
			return fmt.Errorf("%s sets a schema of its own", lines.Text())
		}
		if err := answer(answers, output.Bytes()); err != nil {
			return err
		}
	}
	return lines.Err()
}

// run is `kustomize build DIRECTORY`, but for how it writes an object.
func run(directory string, output *bytes.Buffer) error {
	command := build.NewCmdBuild(
		filesys.MakeFsOnDisk(), build.MakeHelp("kustomize", "build"), output,
	)
	options := build.HonorKustomizeFlags(krusty.MakeDefaultOptions(), command.Flags())
	objects, err := krusty.MakeKustomizer(options).Run(filesys.MakeFsOnDisk(), directory)
	if err != nil {
		return err
	}
	for number, object := range objects.Resources() {
		if number > 0 {
			output.WriteString("---\n")
		}
		text, err := write(object)
		if err != nil {
			return err
		}
		output.Write(text)
	}
	return nil
}

// write returns what AsYAML returns. That writes YAML to read it, JSON to read it, and then YAML,
// a quarter of the whole build; where all values are plain, they are the same after all that.
func write(object *resource.Resource) ([]byte, error) {
	if values, err := object.Map(); err == nil && isPlain(values) {
		return yaml.Marshal(values)
	}
	return object.AsYAML()
}

// isPlain says whether a value is made of nothing but lines of ASCII, integers, booleans and null.
func isPlain(value any) bool {
	switch value := value.(type) {
	case nil, bool, int:
		return true
	case string:
		return isLine(value)
	case []any:
		for _, item := range value {
			if !isPlain(item) {
				return false
			}
		}
		return true
	case map[string]any:
		for key, item := range value {
			if len(key) > longestKey || !isLine(key) || !isPlain(item) {
				return false
			}
		}
		return true
	}
	return false
}

// isLine says whether a text is one line of ASCII: one of several lines, a folded one most of all, is
// not always what it was once kustomize has written and read it.
func isLine(text string) bool {
	for _, letter := range []byte(text) {
		if letter < ' ' || letter > '~' {
			return false
		}
	}
	return true
}

func answer(answers io.Writer, output []byte) error {
	length := len(output)
	if length == 0 {
		length = -1 // kustomize itself refuses to build nothing
	}
	if _, err := fmt.Fprintf(answers, "%d\n", length); err != nil {
		return err
	}
	_, err := answers.Write(output)
	return err
}

// version is that of the module of kustomize that this program is linked with.
func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, dependency := range info.Deps {
		if dependency.Path == module {
			return dependency.Version
		}
	}
	return "unknown"
}
