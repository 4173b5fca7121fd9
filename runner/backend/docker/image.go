package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"
	"github.com/moby/moby/client/pkg/jsonmessage"

	"windtunnel/fixtures/images"
	"windtunnel/runner"
)

// pullTimeout bounds one pull.
const pullTimeout = 15 * time.Minute

// nodeImage returns the tag of the node program's image, which it builds where
// the daemon does not have it yet.
func nodeImage(ctx context.Context, d *daemon, program string) (string, error) {
	path, err := nodeProgram(ctx, program)
	if err != nil {
		return "", err
	}
	image, err := images.Node(path)
	if err != nil {
		return "", fmt.Errorf("make the image of the node program: %w", err)
	}
	if !canRun(d.info.Architecture, image.Architecture) {
		return "", fmt.Errorf("the node program is made for %s, and the Docker daemon runs %s: build it with GOARCH set",
			image.Architecture, d.info.Architecture)
	}
	if _, err := d.api.ImageInspect(ctx, image.Tag); err == nil {
		return image.Tag, nil
	}
	return image.Tag, build(ctx, d.api, image.Tag, image.Context())
}

// canRun says whether a daemon, which names its architecture as the kernel does,
// runs programs of one of Go's architectures. An unknown name is given the
// benefit of the doubt.
func canRun(daemon, program string) bool {
	inGo, known := map[string]string{
		"x86_64": "amd64", "aarch64": "arm64", "i386": "386", "i686": "386",
		"armv6l": "arm", "armv7l": "arm", "ppc64le": "ppc64le", "s390x": "s390x", "riscv64": "riscv64",
	}[daemon]
	return !known || inGo == program || inGo == "amd64" && program == "386"
}

// build builds an image from a context with a Dockerfile. It is not left to
// testcontainers, which would first look for the credentials of a registry,
// and ask their helper programs, for an image made FROM scratch.
func build(ctx context.Context, api client.APIClient, tag string, context io.Reader) error {
	result, err := api.ImageBuild(ctx, context, client.ImageBuildOptions{
		Tags: []string{tag}, Remove: true, ForceRemove: true})
	if err != nil {
		return fmt.Errorf("build image %s: %w", tag, err)
	}
	defer result.Body.Close()
	if err := jsonmessage.DisplayStream(result.Body, io.Discard); err != nil {
		return fmt.Errorf("build image %s: %w", tag, err)
	}
	return nil
}

// ensureImage makes sure that the daemon has a user's image, and pulls it where
// it does not. It is looked for again after a pull, as testcontainers drops the
// errors of a pull that once began.
func ensureImage(ctx context.Context, d *daemon, image string) error {
	if _, err := d.api.ImageInspect(ctx, image); !errdefs.IsNotFound(err) {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, pullTimeout)
	defer cancel()
	err := d.provider.PullImage(limited, image)
	if err == nil {
		_, err = d.api.ImageInspect(ctx, image)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &runner.EnvironmentError{
		Doing: "get image " + image,
		Err: fmt.Errorf("the daemon does not have it, and to pull it came to nothing: %w\n"+
			"    build it, or `docker pull %s` where there is a way to its registry", err, image),
	}
}

// RemoveImages removes the images of node programs that windtunnel built and no
// container uses, and returns their names.
func RemoveImages(ctx context.Context) ([]string, error) {
	d, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	defer d.close()
	return removeImages(ctx, d.api, images.Label+"=node")
}

func removeImages(ctx context.Context, api client.APIClient, label string) (removed []string, err error) {
	list, err := api.ImageList(ctx, client.ImageListOptions{Filters: make(client.Filters).Add("label", label)})
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	var failures []error
	for _, image := range list.Items {
		name := image.ID
		if len(image.RepoTags) > 0 {
			name = strings.Join(image.RepoTags, " ")
		}
		_, err := api.ImageRemove(ctx, image.ID, client.ImageRemoveOptions{Force: true, PruneChildren: true})
		switch {
		case err == nil:
			removed = append(removed, name)
		case !errdefs.IsNotFound(err):
			failures = append(failures, fmt.Errorf("remove image %s: %w", name, err))
		}
	}
	return removed, errors.Join(failures...)
}
